/// Certificates of the tests, valid for a century and of no use anywhere else. Made with openssl: P-256, subject alternative
/// names as said.
enum TestPKI {
    /// The authority that signed the others.
    static let authority = """
        -----BEGIN CERTIFICATE-----
        MIIBfDCCASGgAwIBAgIUCG5gQaVr2cL3q70LhaUO0x8omt8wCgYIKoZIzj0EAwIw
        EjEQMA4GA1UEAwwHdGVzdC1jYTAgFw0yNjExMjMxMDU1MDFaGA8yMTI2MTAzMDEw
        NTUwMVowEjEQMA4GA1UEAwwHdGVzdC1jYTBZMBMGByqGSM49AgEGCCqGSM49AwEH
        A0IABMTFwz/4aIdG8Cf7fpcqfkE44+ml7TtzMv4LTvKsL8xmaXvy9Lf2TS2KIjY8
        ++VuumYRJZhIe6nYnXxefTJX7eWjUzBRMB0GA1UdDgQWBBSIToAVDKu6kXUUZbkB
        MqFCouKZ9jAfBgNVHSMEGDAWgBSIToAVDKu6kXUUZbkBMqFCouKZ9jAPBgNVHRMB
        Af8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQDEUjxJckiQLoydt3lwG66+2all
        0ThPVLDjfR93YGHjcgIhANpuVdu69Jxa2fdIyK5tp18/MOXqJp/llc8+0vO4BV1a
        -----END CERTIFICATE-----
        """

    /// For localhost, 127.0.0.1 and flotilla.test.
    static let server = """
        -----BEGIN CERTIFICATE-----
        MIIBqjCCAVGgAwIBAgIUfeTYD4FTeOqfWr34slOMUehd5SMwCgYIKoZIzj0EAwIw
        EjEQMA4GA1UEAwwHdGVzdC1jYTAgFw0yNjExMjMxMDU1MDFaGA8yMTI2MTAzMDEw
        NTUwMVowETEPMA0GA1UEAwwGc2VydmVyMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcD
        QgAE2UzvZ9dULviNslEOLpITu/MrA/lB3LL2lZTmgeB1BAKeZmn2rQtyNXfXH88q
        mG4rJbB8KOWEIflhtvn+1LarZqOBgzCBgDApBgNVHREEIjAggglsb2NhbGhvc3SC
        DWZsb3RpbGxhLnRlc3SHBH8AAAEwEwYDVR0lBAwwCgYIKwYBBQUHAwEwHQYDVR0O
        BBYEFMHTuuW1yRFP7UERNrA7pGm1YJWhMB8GA1UdIwQYMBaAFIhOgBUMq7qRdRRl
        uQEyoUKi4pn2MAoGCCqGSM49BAMCA0cAMEQCIBQA0V9RdO85XQP3ZLgpleKN3lCh
        tYllYM3M1f+FdOIyAiBsbAZFvdu/zPwtpLWkyJkUImcENZSdUh7cn6M1brfFxQ==
        -----END CERTIFICATE-----
        """

    static let serverKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgMdJ2SfM8up5g8zyD
        t2wnBmo7YTTcpw5B9InL/j0ro1WhRANCAATZTO9n11Qu+I2yUQ4ukhO78ysD+UHc
        svaVlOaB4HUEAp5mafatC3I1d9cfzyqYbislsHwo5YQh+WG2+f7Utqtm
        -----END PRIVATE KEY-----
        """

    /// For flotilla.test only.
    static let namedServer = """
        -----BEGIN CERTIFICATE-----
        MIIBljCCAT2gAwIBAgIUfeTYD4FTeOqfWr34slOMUehd5SQwCgYIKoZIzj0EAwIw
        EjEQMA4GA1UEAwwHdGVzdC1jYTAgFw0yNjExMjMxMDU1MDFaGA8yMTI2MTAzMDEw
        NTUwMVowEDEOMAwGA1UEAwwFbmFtZWQwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
        AATD3oxGOuLurnsczYw2eopwCVdJlWR8qizB1O4UoiV8bgfmR0Y8QGcA2vPz5xm+
        8ZGTtA7UP4gwSWfcaIGdyQ5eo3EwbzAYBgNVHREEETAPgg1mbG90aWxsYS50ZXN0
        MBMGA1UdJQQMMAoGCCsGAQUFBwMBMB0GA1UdDgQWBBRYPYFbury9aiwpqVEp2snG
        EU2sujAfBgNVHSMEGDAWgBSIToAVDKu6kXUUZbkBMqFCouKZ9jAKBggqhkjOPQQD
        AgNHADBEAiAFZv7VJB9TTcgNF7yES6xoVLmrxOQ3Ey9jWh4ZuZNA+QIgNK5/J9V3
        DW+Ofj/fJNhVW+WBtdSJ9TBTqr0DbWIIbPk=
        -----END CERTIFICATE-----
        """

    static let namedServerKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgrd7/WS5nzUGUMMT+
        /hgmTJ1pK9WZznope1Uy7HHnGhyhRANCAATD3oxGOuLurnsczYw2eopwCVdJlWR8
        qizB1O4UoiV8bgfmR0Y8QGcA2vPz5xm+8ZGTtA7UP4gwSWfcaIGdyQ5e
        -----END PRIVATE KEY-----
        """

    static let client = """
        -----BEGIN CERTIFICATE-----
        MIIBfjCCASSgAwIBAgIUfeTYD4FTeOqfWr34slOMUehd5SUwCgYIKoZIzj0EAwIw
        EjEQMA4GA1UEAwwHdGVzdC1jYTAgFw0yNjExMjMxMDU1MDFaGA8yMTI2MTAzMDEw
        NTUwMVowETEPMA0GA1UEAwwGY2xpZW50MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcD
        QgAEKYg/z1CuTEgk11k44mfnEvWTT123fl/Fg0sW2N/lKIRqK2J3QjssOfP0QOPA
        /+fNy1egGqmCN3HwNSWFuP8fDqNXMFUwEwYDVR0lBAwwCgYIKwYBBQUHAwIwHQYD
        VR0OBBYEFMebrOOCGwePEUFn18SG6AoK9EbrMB8GA1UdIwQYMBaAFIhOgBUMq7qR
        dRRluQEyoUKi4pn2MAoGCCqGSM49BAMCA0gAMEUCIQCSaD6JnCxMVcYZVZYWN7ZY
        muLdWPOpIdElN6gIdlTROQIgZ7A2Zxo46ePM/DaOPKYLn5kN/4OsN6m3xgicNIGQ
        pmU=
        -----END CERTIFICATE-----
        """

    static let clientKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgzBx9ud4MhawlYa6y
        NX4Uwl0S7zc7uT3kQ+ILjc/w5gyhRANCAAQpiD/PUK5MSCTXWTjiZ+cS9ZNPXbd+
        X8WDSxbY3+UohGorYndCOyw58/RA48D/583LV6AaqYI3cfA1JYW4/x8O
        -----END PRIVATE KEY-----
        """

    /// An authority that signed nothing.
    static let otherAuthority = """
        -----BEGIN CERTIFICATE-----
        MIIBfjCCASOgAwIBAgIUHMqpufnEw7b6I5hA/bWsSece91QwCgYIKoZIzj0EAwIw
        EzERMA8GA1UEAwwIb3RoZXItY2EwIBcNMjYxMTIzMTA1NTAxWhgPMjEyNjEwMzAx
        MDU1MDFaMBMxETAPBgNVBAMMCG90aGVyLWNhMFkwEwYHKoZIzj0CAQYIKoZIzj0D
        AQcDQgAE0s5R95EfSkXsTdUhu6W4qJRj23SXlM24da6si7BrYnNsWW+u3EPe/Fbh
        9a9gUb/+svqzrJRgkO0kl9RD6yHdjqNTMFEwHQYDVR0OBBYEFGA4GXYtVpdhRNun
        0qO4TBuJLUs/MB8GA1UdIwQYMBaAFGA4GXYtVpdhRNun0qO4TBuJLUs/MA8GA1Ud
        EwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhAI4myHhp2JRBe3vZfn40nKTp
        FVlHco8WVuxhXoZg3zDpAiEA7kz6vHQ9koK72h8mkuOArlcPeleyM9WyXglCBLBz
        anE=
        -----END CERTIFICATE-----
        """
}
