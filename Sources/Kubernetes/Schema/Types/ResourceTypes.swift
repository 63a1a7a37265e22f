extension SchemaModule {
    /// Types of `resource.k8s.io/v1`.
    static let resource = [
        SchemaModule(
            "resource.v1", GroupVersion(group: "resource.k8s.io", version: "v1"),
            #"""
            DeviceClass kind: spec! DeviceClassSpec
            ResourceClaim kind: spec! ResourceClaimSpec, status ResourceClaimStatus
            ResourceClaimTemplate kind: spec! ResourceClaimTemplateSpec
            ResourceSlice kind: spec! ResourceSliceSpec
            AllocatedDeviceStatus: conditions [meta.v1.Condition] map(type), data any, device! string, driver! string,
                networkData NetworkDeviceData, pool! string, shareID string
            AllocationResult: allocationTimestamp time, devices DeviceAllocationResult, nodeSelector core.v1.NodeSelector
            CELDeviceSelector: expression! string
            CapacityRequestPolicy: default quantity, validRange CapacityRequestPolicyRange, validValues [quantity]
            CapacityRequestPolicyRange: max quantity, min! quantity, step quantity
            CapacityRequirements: requests {quantity}
            Counter: value! quantity
            CounterSet: counters! {Counter}, name! string
            Device: allNodes bool, allowMultipleAllocations bool, attributes {DeviceAttribute}, bindingConditions [string],
                bindingFailureConditions [string], bindsToNode bool, capacity {DeviceCapacity},
                consumesCounters [DeviceCounterConsumption], name! string,
                nodeAllocatableResourceMappings {NodeAllocatableResourceMapping}, nodeName string,
                nodeSelector core.v1.NodeSelector, taints [DeviceTaint]
            DeviceAllocationConfiguration: opaque OpaqueDeviceConfiguration, requests [string], source! string
            DeviceAllocationResult: config [DeviceAllocationConfiguration], results [DeviceRequestAllocationResult]
            DeviceAttribute: bool bool, bools [bool], int int64, ints [int64], string string, strings [string], version string,
                versions [string]
            DeviceCapacity: requestPolicy CapacityRequestPolicy, value! quantity
            DeviceClaim: config [DeviceClaimConfiguration], constraints [DeviceConstraint], requests [DeviceRequest]
            DeviceClaimConfiguration: opaque OpaqueDeviceConfiguration, requests [string]
            DeviceClassConfiguration: opaque OpaqueDeviceConfiguration
            DeviceClassSpec: config [DeviceClassConfiguration], extendedResourceName string, selectors [DeviceSelector]
            DeviceConstraint: distinctAttribute string, matchAttribute string, requests [string]
            DeviceCounterConsumption: counterSet! string, counters! {Counter}
            DeviceRequest: exactly ExactDeviceRequest, firstAvailable [DeviceSubRequest], name! string
            DeviceRequestAllocationResult: adminAccess bool, bindingConditions [string], bindingFailureConditions [string],
                consumedCapacity {quantity}, device! string, driver! string, pool! string, request! string, shareID string,
                tolerations [DeviceToleration]
            DeviceSelector: cel CELDeviceSelector
            DeviceSubRequest: allocationMode string, capacity CapacityRequirements, count int64, deviceClassName! string,
                name! string, selectors [DeviceSelector], tolerations [DeviceToleration]
            DeviceTaint: effect! string, key! string, timeAdded time, value string
            DeviceToleration: effect string, key string, operator string, tolerationSeconds int64, value string
            ExactDeviceRequest: adminAccess bool, allocationMode string, capacity CapacityRequirements, count int64,
                deviceClassName! string, selectors [DeviceSelector], tolerations [DeviceToleration]
            NetworkDeviceData: hardwareAddress string, interfaceName string, ips [string]
            NodeAllocatableResourceMapping: allocationMultiplier quantity, capacityKey string
            OpaqueDeviceConfiguration: driver! string, parameters! any
            ResourceClaimConsumerReference: apiGroup string, name! string, resource! string, uid! string
            ResourceClaimSpec: devices DeviceClaim
            ResourceClaimStatus: allocation AllocationResult, devices [AllocatedDeviceStatus] map(driver,device,pool,shareID),
                reservedFor [ResourceClaimConsumerReference] merge(uid) map(uid)
            ResourceClaimTemplateSpec: metadata meta.v1.ObjectMeta, spec! ResourceClaimSpec
            ResourcePool: generation! int64, name! string, resourceSliceCount! int64
            ResourceSliceSpec: allNodes bool, devices [Device], driver! string, nodeName string,
                nodeSelector core.v1.NodeSelector, perDeviceNodeSelection bool, pool! ResourcePool, sharedCounters [CounterSet]
            """#),
    ]
}
