extension Settings {
    /// One of the cases of an enumeration, by its raw value.
    ///
    /// - Throws: ``SettingsError`` when it is missing or none of them.
    public func choice<Value: RawRepresentable<String> & CaseIterable>(
        _ name: String, of type: Value.Type = Value.self
    ) throws(SettingsError) -> Value {
        let text = try string(name)
        guard let value = Value(rawValue: text) else {
            let cases = type.allCases.map(\.rawValue).joined(separator: ", ")
            throw SettingsError(name, "is \"\(text)\"", remedy: "give one of \(cases)")
        }
        return value
    }
}
