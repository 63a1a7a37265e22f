import EtcdProtocol
import FoundationEssentials

/// The requests that the store makes.
enum EtcdRequests {
    /// - Parameter revision: 0 for the newest.
    static func range(from key: [UInt8], to end: String, limit: Int64, revision: Int64) -> EtcdRangeRequest {
        var request = EtcdRangeRequest()
        request.key = Data(key)
        request.rangeEnd = Data(end.utf8)
        request.limit = limit
        request.revision = revision
        return request
    }

    static func get(_ key: String) -> EtcdRangeRequest {
        var request = EtcdRangeRequest()
        request.key = Data(key.utf8)
        return request
    }

    /// Puts `value` (nil: deletes the key) where the key has `expected` as its revision (0: where there is no such key); else gives
    /// what is there.
    static func swap(_ key: String, expected: Int64, value: [UInt8]?) -> EtcdTxnRequest {
        var compare = EtcdCompare()
        compare.key = Data(key.utf8)
        compare.target = .mod
        compare.result = .equal
        compare.modRevision = expected
        var success = EtcdRequestOp()
        if let value {
            success.requestPut.key = Data(key.utf8)
            success.requestPut.value = Data(value)
        } else {
            success.requestDeleteRange.key = Data(key.utf8)
        }
        var failure = EtcdRequestOp()
        failure.requestRange = get(key)
        var request = EtcdTxnRequest()
        request.compare = [compare]
        request.success = [success]
        request.failure = [failure]
        return request
    }

    static func watch(_ range: (key: String, end: String), from revision: Int64) -> EtcdWatchCreateRequest {
        var request = EtcdWatchCreateRequest()
        request.key = Data(range.key.utf8)
        request.rangeEnd = Data(range.end.utf8)
        request.startRevision = revision
        request.fragment = true
        return request
    }
}
