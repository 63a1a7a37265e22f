/// A compiled expression of the Common Expression Language, as Kubernetes uses it for validation rules and match conditions.
///
/// Of the language, macros with one variable, optional values and the functions of `CELFunctions` are there; of Kubernetes'
/// libraries those for lists, regular expressions, sets and quantities.
public struct CELProgram: Sendable {
    public let source: String
    private let root: CELNode

    /// - Parameters:
    ///   - variables: the names that the expression may use, and their types.
    ///   - result: the type that its value must have.
    public init(_ source: String, variables: [String: CELType], result: CELType = .bool) throws(CELCompileError) {
        self.source = source
        do throws(CELCompileError) {
            root = try CELParser.parse(source)
            var checker = CELChecker(variables)
            let found = try checker.type(of: root)
            var bindings: [String: CELType] = [:]
            guard found.fits(result, &bindings) else {
                throw CELCompileError("must evaluate to \(result), not \(found)", at: 0)
            }
        } catch {
            throw error.located(in: source)
        }
    }

    /// Whether the expression uses `variable`.
    public func mentions(_ variable: String) -> Bool { root.mentions(variable) }

    /// - Parameter budget: how many steps may be taken, some 10 million a second; less what was taken, afterwards.
    public func evaluate(_ variables: [String: CELValue], budget: inout Int) throws(CELEvaluationError) -> CELValue {
        var evaluator = CELEvaluator(variables, budget: budget)
        defer { budget = evaluator.budget }
        return try evaluator.value(of: root)
    }
}
