import CLua
import Kubernetes

/// Moves values between JSON and the stack of a Lua state, which it does not own. Only for native code: nothing here can run a
/// script, and so nothing fails by longjmp.
///
/// Values become what Karmada's scripts expect: objects and arrays are tables, null is nil (and so a member or an element that is
/// null is none), numbers are numbers. On the way back a table whose keys are 1…n is an array, one whose keys are strings is an
/// object, and the empty table, which could be either, is an array (see ``EmptyTables``).
struct LuaStack {
    let state: OpaquePointer

    /// Levels of tables within tables.
    private static let maximumDepth = 200
    /// Values in one answer: a table that is in several places is written in each of them.
    private static let maximumValues = 1_000_000

    init(_ state: OpaquePointer) { self.state = state }

    var count: Int { Int(lua_gettop(state)) }

    func pop(_ count: Int = 1) { lua_settop(state, -Int32(count) - 1) }

    func type(at index: Int) -> Int32 { lua_type(state, Int32(index)) }

    func typeName(at index: Int) -> String { String(cString: lua_typename(state, type(at: index))) }

    // MARK: Pushing

    func push(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { _ = lua_pushlstring(state, $0.baseAddress, $0.count) }
        }
    }

    func push(_ json: JSON, depth: Int = 0) throws(LuaError) {
        guard depth <= Self.maximumDepth, lua_checkstack(state, 4) != 0 else {
            throw LuaError("more than \(Self.maximumDepth) levels of objects and arrays")
        }
        switch json {
        case .null: lua_pushnil(state)
        case .bool(let value): lua_pushboolean(state, value ? 1 : 0)
        case .integer(let value): lua_pushinteger(state, value)
        case .number(let value): lua_pushnumber(state, value)
        case .string(let value): push(value)
        case .array(let elements):
            lua_createtable(state, Int32(clamping: elements.count), 0)
            var index: lua_Integer = 0
            for element in elements where !element.isNull {
                try push(element, depth: depth + 1)
                index += 1
                lua_rawseti(state, -2, index)
            }
        case .object(let members):
            lua_createtable(state, 0, Int32(clamping: members.count))
            for (key, value) in members where !value.isNull {
                push(key)
                try push(value, depth: depth + 1)
                lua_rawset(state, -3)
            }
        }
    }

    // MARK: Reading

    /// A string or a number as text, as Lua converts it; nil for anything else.
    func text(at index: Int) -> String? {
        guard lua_isstring(state, Int32(index)) != 0 else { return nil }
        // Converting changes the value in its place, which would confuse who is walking a table: a copy is converted.
        lua_pushvalue(state, Int32(index))
        defer { pop() }
        var length = 0
        guard let bytes = lua_tolstring(state, -1, &length) else { return nil }
        return bytes.withMemoryRebound(to: UInt8.self, capacity: length) {
            String(decoding: UnsafeBufferPointer(start: $0, count: length), as: UTF8.self)
        }
    }

    func json(at index: Int) throws(LuaError) -> JSON {
        var budget = Self.maximumValues
        return try json(at: lua_absindex(state, Int32(index)), depth: 0, budget: &budget)
    }

    private func json(at index: Int32, depth: Int, budget: inout Int) throws(LuaError) -> JSON {
        budget -= 1
        guard budget >= 0 else { throw LuaError("the answer has more than \(Self.maximumValues) values") }
        switch lua_type(state, index) {
        case LUA_TNIL: return .null
        case LUA_TBOOLEAN: return .bool(lua_toboolean(state, index) != 0)
        case LUA_TNUMBER: return try number(at: index)
        case LUA_TSTRING: return .string(text(at: Int(index)) ?? "")
        case LUA_TTABLE: return try table(at: index, depth: depth, budget: &budget)
        default: throw LuaError("a \(typeName(at: Int(index))) cannot be part of an answer")
        }
    }

    /// Whole numbers are integers, however the script came to them: to JSON they are the same.
    private func number(at index: Int32) throws(LuaError) -> JSON {
        var isInteger: Int32 = 0
        let integer = lua_tointegerx(state, index, &isInteger)
        if isInteger != 0 { return .integer(integer) }
        let number = lua_tonumberx(state, index, nil)
        guard number.isFinite else { throw LuaError("\(number) is no number that JSON can write") }
        return .number(number)
    }

    private func table(at index: Int32, depth: Int, budget: inout Int) throws(LuaError) -> JSON {
        guard depth < Self.maximumDepth, lua_checkstack(state, 4) != 0 else {
            throw LuaError("the answer has more than \(Self.maximumDepth) levels of tables, or a table within itself")
        }
        var elements: [(lua_Integer, JSON)] = []
        var members: [(String, JSON)] = []
        lua_pushnil(state)
        while lua_next(state, index) != 0 {
            let value = try json(at: lua_gettop(state), depth: depth + 1, budget: &budget)
            if lua_isinteger(state, -2) != 0 {
                elements.append((lua_tointegerx(state, -2, nil), value))
            } else if type(at: -2) == LUA_TSTRING {
                members.append((text(at: -2) ?? "", value))
            } else {
                throw LuaError("a table with a \(typeName(at: -2)) for a key is neither an array nor an object")
            }
            pop()
        }
        if elements.isEmpty { return members.isEmpty ? .array([]) : .object(JSONObject(members)) }
        guard members.isEmpty else {
            throw LuaError("a table with both numbers and strings for keys is neither an array nor an object")
        }
        elements.sort { $0.0 < $1.0 }
        guard elements[0].0 == 1, elements.last?.0 == lua_Integer(elements.count) else {
            throw LuaError("an array with gaps cannot be part of an answer")
        }
        return .array(elements.map(\.1))
    }
}
