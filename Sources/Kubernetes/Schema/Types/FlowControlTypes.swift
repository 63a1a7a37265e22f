extension SchemaModule {
    /// Types of `flowcontrol.apiserver.k8s.io/v1`.
    static let flowControl = [
        SchemaModule(
            "flowcontrol.v1", GroupVersion(group: "flowcontrol.apiserver.k8s.io", version: "v1"),
            #"""
            FlowSchema kind: spec FlowSchemaSpec, status FlowSchemaStatus
            PriorityLevelConfiguration kind: spec PriorityLevelConfigurationSpec, status PriorityLevelConfigurationStatus
            ExemptPriorityLevelConfiguration: lendablePercent int32, nominalConcurrencyShares int32
            FlowDistinguisherMethod: type! string
            FlowSchemaCondition: lastTransitionTime time, message string, reason string, status string, type string
            FlowSchemaSpec: distinguisherMethod FlowDistinguisherMethod, matchingPrecedence int32,
                priorityLevelConfiguration! PriorityLevelConfigurationReference, rules [PolicyRulesWithSubjects]
            FlowSchemaStatus: conditions [FlowSchemaCondition] merge(type) map(type)
            GroupSubject: name! string
            LimitResponse: queuing QueuingConfiguration, type! string
            LimitedPriorityLevelConfiguration: borrowingLimitPercent int32, lendablePercent int32, limitResponse LimitResponse,
                nominalConcurrencyShares int32
            NonResourcePolicyRule: nonResourceURLs! [string] set, verbs! [string] set
            PolicyRulesWithSubjects: nonResourceRules [NonResourcePolicyRule], resourceRules [ResourcePolicyRule],
                subjects! [Subject]
            PriorityLevelConfigurationCondition: lastTransitionTime time, message string, reason string, status string,
                type string
            PriorityLevelConfigurationReference: name! string
            PriorityLevelConfigurationSpec: exempt ExemptPriorityLevelConfiguration, limited LimitedPriorityLevelConfiguration,
                type! string
            PriorityLevelConfigurationStatus: conditions [PriorityLevelConfigurationCondition] merge(type) map(type)
            QueuingConfiguration: handSize int32, queueLengthLimit int32, queues int32
            ResourcePolicyRule: apiGroups! [string] set, clusterScope bool, namespaces [string] set, resources! [string] set,
                verbs! [string] set
            ServiceAccountSubject: name! string, namespace! string
            Subject: group GroupSubject, kind! string, serviceAccount ServiceAccountSubject, user UserSubject
            UserSubject: name! string
            """#),
    ]
}
