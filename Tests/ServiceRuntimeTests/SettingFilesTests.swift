import Testing

@testable import ServiceRuntime

@Suite struct SettingFilesTests {
    private let settings = Setting.common + Setting.authentication
    private let files = ["/run/secret": "s3cret\n", "/run/empty": "\n"]

    private func resolve(_ environment: [String: String]) throws(SettingsError) -> [String: String] {
        try SettingFiles.resolve(environment, for: settings) { files[$0] }
    }

    @Test func aFileGivesTheValueWithoutItsLastLineBreak() throws {
        #expect(try resolve(["AUTH_JWT_SECRET_FILE": "/run/secret"])["AUTH_JWT_SECRET"] == "s3cret")
    }

    @Test func anythingElseInTheEnvironmentStaysAsItIs() throws {
        let environment = ["REDIS_URL": "redis://a", "SOMETHING_FILE": "/run/secret", "HOST_FILE": ""]
        #expect(try resolve(environment) == environment)
    }

    @Test func aSettingWhoseOwnNameEndsInFileNamesNoFile() throws {
        let environment = ["AUTH_JWKS_FILE": "/run/secret"]
        #expect(try resolve(environment) == environment)
    }

    @Test func bothTheValueAndAFileAreRefused() {
        let error = #expect(throws: SettingsError.self) {
            try resolve(["AUTH_JWT_SECRET": "x", "AUTH_JWT_SECRET_FILE": "/run/secret"])
        }
        #expect(error?.setting == "auth-jwt-secret")
        #expect(error?.description == "AUTH_JWT_SECRET and AUTH_JWT_SECRET_FILE are both set: give one of the two")
    }

    @Test(arguments: ["/run/missing", "/run/empty"])
    func aFileThatGivesNothingIsRefusedWithItsName(path: String) {
        let error = #expect(throws: SettingsError.self) { try resolve(["REDIS_URL_FILE": path]) }
        #expect(error?.description.contains("REDIS_URL_FILE is \"\(path)\"") == true)
    }
}
