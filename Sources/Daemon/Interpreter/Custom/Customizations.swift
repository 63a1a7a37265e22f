import Kubernetes

/// All customizations of a control plane, those for the same kind merged: of several scripts for an operation the one counts
/// whose customization comes first by name, but for dependencies, which add up.
public struct Customizations: CustomRules {
    /// A script, and the name of the customization that it is from.
    private struct Rule: Sendable {
        var customization: String
        var script: LuaScript
    }

    private var rules: [GroupVersionKind: [InterpreterOperation: [Rule]]] = [:]

    public init(_ customizations: [Customization] = []) {
        for customization in customizations.sorted(by: { $0.name < $1.name }) {
            for (operation, script) in customization.scripts {
                guard operation == .interpretDependency || rules[customization.target]?[operation] == nil else { continue }
                let rule = Rule(customization: customization.name, script: script)
                rules[customization.target, default: [:]][operation, default: []].append(rule)
            }
        }
    }

    public func hasRule(for kind: GroupVersionKind, _ operation: InterpreterOperation) -> Bool {
        rules[kind]?[operation] != nil
    }

    public func answer(_ question: InterpreterQuestion) async throws(InterpreterError) -> InterpreterAnswer? {
        guard let rules = rules[question.object.groupVersionKind]?[question.operation] else { return nil }
        guard question.operation == .interpretDependency else { return try await answer(of: rules[0], to: question) }
        var all: Set<DependentObjectReference> = []
        for rule in rules {
            if case .dependencies(let some) = try await answer(of: rule, to: question) { all.formUnion(some) }
        }
        return .dependencies(all.sorted())
    }

    private func answer(of rule: Rule, to question: InterpreterQuestion) async throws(InterpreterError) -> InterpreterAnswer {
        do {
            return try await rule.script.answer(to: question)
        } catch {
            throw InterpreterError(
                field: "ResourceInterpreterCustomization \(rule.customization): \(question.operation.rawValue)",
                message: "\(error)")
        }
    }
}

extension LuaScript {
    /// Calls the script with what its operation's function takes, and reads what that function returns.
    fileprivate func answer(to question: InterpreterQuestion) async throws -> InterpreterAnswer {
        let object = question.object.json
        switch question.operation {
        case .interpretReplica:
            let results = try await call([object], results: 2)
            guard case .some(let number) = results[0].double else {
                throw LuaError("\(function) returned a \(results[0].luaTypeName) for the replicas, not a number")
            }
            let requirements: JSON? =
                results[1].isNull
                ? nil : try CustomAnswer.requirements(try table(results[1], isObject: true), at: "requirements")
            guard let replicas = Int32(exactly: number.rounded(.towardZero)) else {
                throw LuaError("\(function) returned \(number) replicas")
            }
            return .replicas(ReplicaDemand(replicas: Int(replicas), requirements: requirements))
        case .interpretComponent:
            let result = try await call([object])[0]
            return .components(result.isNull ? [] : try CustomAnswer.components(list(try table(result, isObject: false))))
        case .reviseReplica:
            return .object(try self.object(try await call([object, JSON(question.replicas)])[0], references: [object]))
        case .retain:
            let observed = question.observed?.json ?? .null
            return .object(try self.object(try await call([object, observed])[0], references: [object, observed]))
        case .aggregateStatus:
            let items = JSON.array(question.items.map(\.json))
            return .object(try self.object(try await call([object, items])[0], references: []))
        case .interpretStatus:
            return .status(try table(try await call([object])[0], isObject: true))
        case .interpretHealth:
            let result = try await call([object])[0]
            guard let isHealthy = result.bool else {
                throw LuaError("\(function) returned a \(result.luaTypeName), not a boolean")
            }
            return .health(isHealthy)
        case .interpretDependency:
            return .dependencies(try CustomAnswer.dependencies(list(try table(try await call([object])[0], isObject: false))))
        }
    }

    private func object(_ result: JSON, references: [JSON]) throws -> Object {
        let object = Object(try table(result, isObject: true, references: references))
        guard !object.kind.isEmpty else { throw LuaError("\(function) returned an object without a kind") }
        return object
    }

    private func list(_ table: JSON) throws(LuaError) -> [JSON] {
        guard let list = table.array else { throw LuaError("\(function) returned an object, not a list") }
        return list
    }

    private func table(_ result: JSON, isObject: Bool, references: [JSON] = []) throws(LuaError) -> JSON {
        guard result.array != nil || result.object != nil else {
            throw LuaError("\(function) returned a \(result.luaTypeName), not a table")
        }
        let table = EmptyTables(references: references).resolve(result, isObject: isObject)
        guard !isObject || table.object != nil else { throw LuaError("\(function) returned a list, not an object") }
        return table
    }
}

extension JSON {
    /// What Lua calls the type of what the value came from.
    fileprivate var luaTypeName: String {
        switch self {
        case .null: "nil"
        case .bool: "boolean"
        case .integer, .number: "number"
        case .string: "string"
        case .array, .object: "table"
        }
    }
}
