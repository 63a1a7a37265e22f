/// A printer column of a custom resource (`additionalPrinterColumns`).
public struct PrinterColumn: Sendable, Equatable {
    public let name: String
    /// `string`, `integer`, `number`, `boolean` or `date`.
    public let type: String
    public let format: String
    public let description: String
    /// Columns above 0 show in wide output only.
    public let priority: Int
    public let jsonPath: String

    init(
        _ name: String, type: String = "string", format: String = "", description: String = "", priority: Int = 0,
        _ jsonPath: String
    ) {
        self.name = name
        self.type = type
        self.format = format
        self.description = description
        self.priority = priority
        self.jsonPath = jsonPath
    }

    static let age = PrinterColumn("Age", type: "date", ".metadata.creationTimestamp")
    static let upperCaseAge = PrinterColumn("AGE", type: "date", ".metadata.creationTimestamp")
}
