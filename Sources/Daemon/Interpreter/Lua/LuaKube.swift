import CLua
import Kubernetes

/// The `kube` library of Karmada's scripts.
enum LuaKube {
    static let functions: [(String, clua_function)] = [
        ("resourceAdd", { LuaKube.call($0, resourceAdd) }),
        ("getResourceQuantity", { LuaKube.call($0, getResourceQuantity) }),
        ("accuratePodRequirements", { LuaKube.call($0, accuratePodRequirements) }),
        ("getPodDependencies", { LuaKube.call($0, getPodDependencies) }),
    ]

    /// Runs a function on the arguments on the stack and leaves its result there, or its error.
    private static func call(_ state: OpaquePointer?, _ function: (LuaStack) throws(LuaError) -> JSON) -> Int32 {
        guard let state else { return 0 }
        let stack = LuaStack(state)
        do throws(LuaError) {
            try stack.push(try function(stack))
            return 1
        } catch {
            stack.push(error.description)
            return -1
        }
    }

    /// `kube.resourceAdd(quantity, …)`: the sum, as a string. Nil counts as 0.
    private static func resourceAdd(_ stack: LuaStack) throws(LuaError) -> JSON {
        var sum = Quantity.zero
        for index in 0..<stack.count { sum = sum + (try quantity(stack, index + 1)) }
        return .string(sum.description)
    }

    /// `kube.getResourceQuantity(quantity)`: as a number.
    private static func getResourceQuantity(_ stack: LuaStack) throws(LuaError) -> JSON {
        guard stack.count == 1 else { throw LuaError("getResourceQuantity only accepts one argument") }
        let quantity = try quantity(stack, 1)
        guard quantity >= .zero else { throw LuaError("getResourceQuantity: the quantity is negative: \(quantity)") }
        return .number(quantity.double)
    }

    /// `kube.accuratePodRequirements(podTemplate)`: what a pod of the template needs (`ReplicaRequirements`), or nil.
    private static func accuratePodRequirements(_ stack: LuaStack) throws(LuaError) -> JSON {
        guard stack.count == 1 else { throw LuaError("accuratePodRequirements only accepts one argument") }
        let template = try table(stack, 1)
        do {
            return try PodTemplate.requirements(Object(template), at: "spec") ?? .null
        } catch {
            throw LuaError("accuratePodRequirements: \(error)")
        }
    }

    /// `kube.getPodDependencies(podTemplate, namespace)`: what a pod of the template refers to, a list of
    /// `DependentObjectReference`. Without a namespace that of the name `default`.
    private static func getPodDependencies(_ stack: LuaStack) throws(LuaError) -> JSON {
        guard stack.count == 2 else { throw LuaError("getPodDependencies only accepts two argument") }
        var template = Object(try table(stack, 1))
        guard let namespace = stack.type(at: 2) == LUA_TNIL ? "default" : stack.text(at: 2) else {
            throw LuaError("bad argument #2: string expected, got \(stack.typeName(at: 2))")
        }
        template.namespace = namespace
        do {
            return .array(try PodTemplate.dependencies(template, at: "spec").map(\.json))
        } catch {
            throw LuaError("getPodDependencies: \(error)")
        }
    }

    private static func quantity(_ stack: LuaStack, _ index: Int) throws(LuaError) -> Quantity {
        switch stack.type(at: index) {
        case LUA_TNIL: return .zero
        case LUA_TSTRING:
            let text = stack.text(at: index) ?? ""
            guard let quantity = try? Quantity(.string(text)) else { throw LuaError("\"\(text)\" is no quantity") }
            return quantity
        default: throw LuaError("bad argument #\(index): string expected, got \(stack.typeName(at: index))")
        }
    }

    /// A pod template: an object, which may be empty; where the script made an empty table, nobody knows of what.
    private static func table(_ stack: LuaStack, _ index: Int) throws(LuaError) -> JSON {
        guard stack.type(at: index) == LUA_TTABLE else {
            throw LuaError("bad argument #\(index): table expected, got \(stack.typeName(at: index))")
        }
        return EmptyTables().resolve(try stack.json(at: index), isObject: true)
    }
}
