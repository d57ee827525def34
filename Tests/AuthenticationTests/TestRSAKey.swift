/// An RSA key made for these tests; it is good for nothing else.
enum TestRSAKey {
    static let pem = """
        -----BEGIN PRIVATE KEY-----
        MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQDFm2hRKxNMnEgG
        EwlQOuI3Zvu0vDCWGegJaFXouqiOmdc3VOWrcHNowd4h2CK+Xf1Za8MlvrTQBvfu
        bRA9znf0EPlN14EymB6X8+m5Ba5f0JCiNwRAFgFEZMOzIvV/bnLHGuLH9fE8bKI7
        E7CgP4o7lWTTTacwBUPet2XsJBoT2j4Ct/l2dw13dYGndEIW0xQHwOJhHGmNtqoO
        v3nRXTF9wTotgn7skbnJGsaugEPhmKR+vHd1LdpgHJIfPhol3359ZEufpSaETIO2
        D8ZRk3cw2MlWPKIUdiF2RZMbzs9Kjz2g+Zpi9F/FsZ/v3psAfaTq61IVxHH9iYHt
        vauAUZYlAgMBAAECggEACvhU6vajeGQPqoipgnL2ZoF41UCCSP7wrv8ED+q2203G
        kRuNMX6JZaYnlQTo7t0MaMeu+nwzEP5mCq4y0d+RsLK1iGD/muWvgxuHHN6oHskX
        Em5P9dfS469dXudArj2dMRj4wIWSihp0yidObaMBY0vooENmFegg668OQTUC3pms
        0CHAQ9jasLr8TTdD8d/BlXM/PM8MkopbYjZ94DpZ+6euP2NZGpZac/oUuZNEQBzN
        cq3hR4ktfQWGdVlanXRs6/OUUXsWBNDAm1o1doaIGn1UZOdegbCqUoLijK5PPqFT
        IDUuRWwLO0K8JLrl++b25grJsxFFbRwQc1g31F5tGQKBgQDk7CjK5A7ol0ASTTSz
        bxuWrmGGfOe9wZzUYF4BPbX5sdQSQAxV66l9ndKnvrgk1L8mtAiOifh+5mctfOq3
        L6RiFbqmjTh+TESOrcJEvNGR6OC+JamCKMv3RjQuZl63LzazM3ZTlk2Zj03Qm7BR
        ZPZaGytI081dZwSADKV+8+0S3QKBgQDc+wHqt4zjhQ7bHh4xkm9sPHuLPfyri3Eb
        vZ+K/x4QjQcJ+6sS93tBuN5HqobslymzlgM64W5Qm5rwFfa4agdeBw2zR/pRAp+q
        lJpbKekqvvnUHSdIBgn2vVfgMSoWdR/zUeQiJoBGTizT2iZkShGbD4WDDKq4CH3T
        dp9iAD7n6QKBgQCT8nhun7Nu6IlVCqabrJwE5xBKbaELxvxHWTyHys034ZCwdspC
        ITr53yzMknrJ+uDK76F0FYEO6nMWN9wtpdG0PlzR1QUEwt+v4mZiLDG4/et5mDeT
        0i/30Fxa/HgMJaxRZln7rXDbZH0i6+uovvpjw5lWyOO5kKGc7A9tG9JE1QKBgQDG
        WUNyNAjxG7im81S0uDTtGSjnZd9K9yGyfbUb5TxOLNfZnR0ELEFlT5OtDiKHcHOM
        76S8kCYdkl4zC/Plub4dJwWkG4JSfqFkUnhuRaM1rC/Atd5RZqJA59ldsaOOftkL
        5UB5aseO05KnIdN+B4HgBcGYTKFcCLswOPR82a2dKQKBgB0bsc4i9ngH3iHvyBdt
        PY+9k4pn05jky7bbL/lkLeT5D1IHvWhDA+JdrFWqAvaND0KngYa5wtErxEDmHiCB
        en2vNyceZ0PjzbY8yJCwifXim7erV5CB0dMXccJhqJZWO2fCEEoRxu6e1QZlpSTR
        Ct/xLhn38BSjN3EVJDCHZl4T
        -----END PRIVATE KEY-----
        """
}
