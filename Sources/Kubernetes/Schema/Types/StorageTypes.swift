extension SchemaModule {
    /// Types of `storage.k8s.io/v1`.
    static let storage = [
        SchemaModule(
            "storage.v1", GroupVersion(group: "storage.k8s.io", version: "v1"),
            #"""
            CSIDriver kind: spec! CSIDriverSpec
            CSINode kind: spec! CSINodeSpec
            CSIStorageCapacity kind: capacity quantity, maximumVolumeSize quantity, nodeTopology meta.v1.LabelSelector,
                storageClassName! string
            StorageClass kind: allowVolumeExpansion bool, allowedTopologies [core.v1.TopologySelectorTerm],
                mountOptions [string], parameters {string}, provisioner! string, reclaimPolicy string, volumeBindingMode string
            VolumeAttachment kind: spec! VolumeAttachmentSpec, status VolumeAttachmentStatus
            VolumeAttributesClass kind: driverName! string, parameters {string}
            CSIDriverSpec: attachRequired bool, fsGroupPolicy string, nodeAllocatableUpdatePeriodSeconds int64,
                podInfoOnMount bool, preventPodSchedulingIfMissing bool, requiresRepublish bool, seLinuxMount bool,
                serviceAccountTokenInSecrets bool, storageCapacity bool, tokenRequests [TokenRequest],
                volumeLifecycleModes [string] set
            CSINodeDriver: allocatable VolumeNodeResources, name! string, nodeID! string, topologyKeys [string]
            CSINodeSpec: drivers! [CSINodeDriver] merge(name) map(name)
            TokenRequest: audience! string, expirationSeconds int64
            VolumeAttachmentSource: inlineVolumeSpec core.v1.PersistentVolumeSpec, persistentVolumeName string
            VolumeAttachmentSpec: attacher! string, nodeName! string, source! VolumeAttachmentSource
            VolumeAttachmentStatus: attachError VolumeError, attached! bool, attachmentMetadata {string},
                detachError VolumeError
            VolumeError: errorCode int32, message string, time time
            VolumeNodeResources: count int32
            """#),
    ]
}
