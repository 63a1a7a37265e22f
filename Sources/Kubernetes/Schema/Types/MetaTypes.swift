extension SchemaModule {
    /// What all groups share (`meta/v1`).
    static let meta = [
        SchemaModule(
            "meta.v1", nil,
            #"""
            Condition: lastTransitionTime! time, message! string maxLength(32768), observedGeneration int64 min(0),
                reason! string minLength(1) maxLength(1024) pattern("^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$"),
                status! string in(True,False,Unknown),
                type! string maxLength(316) pattern("^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$")
            DeleteOptions: apiVersion string, dryRun [string], gracePeriodSeconds int64,
                ignoreStoreReadErrorWithClusterBreakingPotential bool, kind string, orphanDependents bool,
                preconditions Preconditions, propagationPolicy string
            FieldSelectorRequirement: key! string, operator! string, values [string]
            LabelSelector atomic: matchExpressions [LabelSelectorRequirement], matchLabels {string}
            LabelSelectorRequirement: key! string, operator! string, values [string]
            ListMeta: continue string, remainingItemCount int64, resourceVersion string, selfLink string, shardInfo ShardInfo
            ManagedFieldsEntry: apiVersion string, fieldsType string, fieldsV1 any, manager string, operation string,
                subresource string, time time
            ObjectMeta: annotations {string}, creationTimestamp time, deletionGracePeriodSeconds int64, deletionTimestamp time,
                finalizers [string] merge set, generateName string, generation int64, labels {string},
                managedFields [ManagedFieldsEntry], name string, namespace string,
                ownerReferences [OwnerReference] merge(uid) map(uid), resourceVersion string, selfLink string, uid string
            OwnerReference atomic: apiVersion! string, blockOwnerDeletion bool, controller bool, kind! string, name! string,
                uid! string
            Preconditions: resourceVersion string, uid string
            ShardInfo: selector! string
            Status: apiVersion string, code int32, details StatusDetails, kind string, message string, metadata ListMeta,
                reason string, status string
            StatusCause: field string, message string, reason string
            StatusDetails: causes [StatusCause], group string, kind string, name string, retryAfterSeconds int32, uid string
            """#),
    ]
}
