extension SchemaModule {
    /// Types of `v1`.
    static let core = [
        SchemaModule(
            "core.v1", GroupVersion(group: "", version: "v1"),
            #"""
            Binding kind: target! ObjectReference
            ConfigMap kind: binaryData {bytes}, data {string}, immutable bool
            Endpoints kind: subsets [EndpointSubset]
            Event kind: action string, count int32, eventTime microTime, firstTimestamp time, involvedObject! ObjectReference,
                lastTimestamp time, message string, reason string, related ObjectReference, reportingComponent string,
                reportingInstance string, series EventSeries, source EventSource, type string
            LimitRange kind: spec LimitRangeSpec
            Namespace kind: spec NamespaceSpec, status NamespaceStatus
            Node kind: spec NodeSpec, status NodeStatus
            PersistentVolume kind: spec PersistentVolumeSpec, status PersistentVolumeStatus
            PersistentVolumeClaim kind: spec PersistentVolumeClaimSpec, status PersistentVolumeClaimStatus
            Pod kind: spec PodSpec, status PodStatus
            PodTemplate kind: template PodTemplateSpec
            ReplicationController kind: spec ReplicationControllerSpec, status ReplicationControllerStatus
            ResourceQuota kind: spec ResourceQuotaSpec, status ResourceQuotaStatus
            Secret kind: data {bytes}, immutable bool, stringData {string}, type string
            Service kind: spec ServiceSpec, status ServiceStatus
            ServiceAccount kind: automountServiceAccountToken bool, imagePullSecrets [LocalObjectReference],
                secrets [ObjectReference] merge(name) map(name)
            AWSElasticBlockStoreVolumeSource: fsType string, partition int32, readOnly bool, volumeID! string
            Affinity: nodeAffinity NodeAffinity, podAffinity PodAffinity, podAntiAffinity PodAntiAffinity
            AppArmorProfile: localhostProfile string, type! string
            AttachedVolume: devicePath! string, name! string
            AzureDiskVolumeSource: cachingMode string, diskName! string, diskURI! string, fsType string, kind string,
                readOnly bool
            AzureFilePersistentVolumeSource: readOnly bool, secretName! string, secretNamespace string, shareName! string
            AzureFileVolumeSource: readOnly bool, secretName! string, shareName! string
            CSIPersistentVolumeSource: controllerExpandSecretRef SecretReference, controllerPublishSecretRef SecretReference,
                driver! string, fsType string, nodeExpandSecretRef SecretReference, nodePublishSecretRef SecretReference,
                nodeStageSecretRef SecretReference, readOnly bool, volumeAttributes {string}, volumeHandle! string
            CSIVolumeSource: driver! string, fsType string, nodePublishSecretRef LocalObjectReference, readOnly bool,
                volumeAttributes {string}
            Capabilities: add [string], drop [string]
            CephFSPersistentVolumeSource: monitors! [string], path string, readOnly bool, secretFile string,
                secretRef SecretReference, user string
            CephFSVolumeSource: monitors! [string], path string, readOnly bool, secretFile string,
                secretRef LocalObjectReference, user string
            CinderPersistentVolumeSource: fsType string, readOnly bool, secretRef SecretReference, volumeID! string
            CinderVolumeSource: fsType string, readOnly bool, secretRef LocalObjectReference, volumeID! string
            ClientIPConfig: timeoutSeconds int32
            ClusterTrustBundleProjection: labelSelector meta.v1.LabelSelector, name string, optional bool, path! string,
                signerName string
            ConfigMapEnvSource: name string, optional bool
            ConfigMapKeySelector atomic: key! string, name string, optional bool
            ConfigMapNodeConfigSource: kubeletConfigKey! string, name! string, namespace! string, resourceVersion string,
                uid string
            ConfigMapProjection: items [KeyToPath], name string, optional bool
            ConfigMapVolumeSource: defaultMode int32, items [KeyToPath], name string, optional bool
            Container: args [string], command [string], env [EnvVar] merge(name) map(name), envFrom [EnvFromSource],
                image string, imagePullPolicy string, lifecycle Lifecycle, livenessProbe Probe, name! string,
                ports [ContainerPort] merge(containerPort) map(containerPort,protocol), readinessProbe Probe,
                resizePolicy [ContainerResizePolicy], resources ResourceRequirements, restartPolicy string,
                restartPolicyRules [ContainerRestartRule], securityContext SecurityContext, startupProbe Probe, stdin bool,
                stdinOnce bool, terminationMessagePath string, terminationMessagePolicy string, tty bool,
                volumeDevices [VolumeDevice] merge(devicePath) map(devicePath),
                volumeMounts [VolumeMount] merge(mountPath) map(mountPath), workingDir string
            ContainerExtendedResourceRequest: containerName! string, requestName! string, resourceName! string
            ContainerImage: names [string], sizeBytes int64
            ContainerPort: containerPort! int32, hostIP string, hostPort int32, name string, protocol string default(TCP)
            ContainerResizePolicy: resourceName! string, restartPolicy! string
            ContainerRestartRule: action! string, exitCodes ContainerRestartRuleOnExitCodes
            ContainerRestartRuleOnExitCodes: operator! string, values [int32] set
            ContainerState: running ContainerStateRunning, terminated ContainerStateTerminated, waiting ContainerStateWaiting
            ContainerStateRunning: startedAt time
            ContainerStateTerminated: containerID string, exitCode! int32, finishedAt time, message string, reason string,
                signal int32, startedAt time
            ContainerStateWaiting: message string, reason string
            ContainerStatus: allocatedResources {quantity}, allocatedResourcesStatus [ResourceStatus] merge(name) map(name),
                containerID string, image! string, imageID! string, lastState ContainerState, name! string, ready! bool,
                resources ResourceRequirements, restartCount! int32, started bool, state ContainerState, stopSignal string,
                user ContainerUser, volumeMounts [VolumeMountStatus] merge(mountPath) map(mountPath)
            ContainerUser: linux LinuxContainerUser
            DaemonEndpoint: Port! int32
            DownwardAPIProjection: items [DownwardAPIVolumeFile]
            DownwardAPIVolumeFile: fieldRef ObjectFieldSelector, mode int32, path! string,
                resourceFieldRef ResourceFieldSelector
            DownwardAPIVolumeSource: defaultMode int32, items [DownwardAPIVolumeFile]
            EmptyDirVolumeSource: medium string, sizeLimit quantity
            EndpointAddress atomic: hostname string, ip! string, nodeName string, targetRef ObjectReference
            EndpointPort atomic: appProtocol string, name string, port! int32, protocol string
            EndpointSubset: addresses [EndpointAddress], notReadyAddresses [EndpointAddress], ports [EndpointPort]
            EnvFromSource: configMapRef ConfigMapEnvSource, prefix string, secretRef SecretEnvSource
            EnvVar: name! string, value string, valueFrom EnvVarSource
            EnvVarSource: configMapKeyRef ConfigMapKeySelector, fieldRef ObjectFieldSelector, fileKeyRef FileKeySelector,
                resourceFieldRef ResourceFieldSelector, secretKeyRef SecretKeySelector
            EphemeralContainer: args [string], command [string], env [EnvVar] merge(name) map(name), envFrom [EnvFromSource],
                image string, imagePullPolicy string, lifecycle Lifecycle, livenessProbe Probe, name! string,
                ports [ContainerPort] merge(containerPort) map(containerPort,protocol), readinessProbe Probe,
                resizePolicy [ContainerResizePolicy], resources ResourceRequirements, restartPolicy string,
                restartPolicyRules [ContainerRestartRule], securityContext SecurityContext, startupProbe Probe, stdin bool,
                stdinOnce bool, targetContainerName string, terminationMessagePath string, terminationMessagePolicy string,
                tty bool, volumeDevices [VolumeDevice] merge(devicePath) map(devicePath),
                volumeMounts [VolumeMount] merge(mountPath) map(mountPath), workingDir string
            EphemeralVolumeSource: volumeClaimTemplate PersistentVolumeClaimTemplate
            EventSeries: count int32, lastObservedTime microTime
            EventSource: component string, host string
            ExecAction: command [string]
            FCVolumeSource: fsType string, lun int32, readOnly bool, targetWWNs [string], wwids [string]
            FileKeySelector atomic: key! string, optional bool, path! string, volumeName! string
            FlexPersistentVolumeSource: driver! string, fsType string, options {string}, readOnly bool,
                secretRef SecretReference
            FlexVolumeSource: driver! string, fsType string, options {string}, readOnly bool, secretRef LocalObjectReference
            FlockerVolumeSource: datasetName string, datasetUUID string
            GCEPersistentDiskVolumeSource: fsType string, partition int32, pdName! string, readOnly bool
            GRPCAction: port! int32, service string
            GitRepoVolumeSource: directory string, repository! string, revision string
            GlusterfsPersistentVolumeSource: endpoints! string, endpointsNamespace string, path! string, readOnly bool
            GlusterfsVolumeSource: endpoints! string, path! string, readOnly bool
            HTTPGetAction: host string, httpHeaders [HTTPHeader], path string, port! intOrString, scheme string
            HTTPHeader: name! string, value! string
            HostAlias: hostnames [string], ip! string
            HostIP: ip! string
            HostPathVolumeSource: path! string, type string
            ISCSIPersistentVolumeSource: chapAuthDiscovery bool, chapAuthSession bool, fsType string, initiatorName string,
                iqn! string, iscsiInterface string, lun! int32, portals [string], readOnly bool, secretRef SecretReference,
                targetPortal! string
            ISCSIVolumeSource: chapAuthDiscovery bool, chapAuthSession bool, fsType string, initiatorName string, iqn! string,
                iscsiInterface string, lun! int32, portals [string], readOnly bool, secretRef LocalObjectReference,
                targetPortal! string
            ImageVolumeSource: pullPolicy string, reference string
            ImageVolumeStatus: imageRef! string
            KeyToPath: key! string, mode int32, path! string
            Lifecycle: postStart LifecycleHandler, preStop LifecycleHandler, stopSignal string
            LifecycleHandler: exec ExecAction, httpGet HTTPGetAction, sleep SleepAction, tcpSocket TCPSocketAction
            LimitRangeItem: default {quantity}, defaultRequest {quantity}, max {quantity}, maxLimitRequestRatio {quantity},
                min {quantity}, type! string
            LimitRangeSpec: limits! [LimitRangeItem]
            LinuxContainerUser: gid! int64, supplementalGroups [int64], uid! int64
            LoadBalancerIngress: hostname string, ip string, ipMode string, ports [PortStatus]
            LoadBalancerStatus: ingress [LoadBalancerIngress]
            LocalObjectReference atomic: name string
            LocalVolumeSource: fsType string, path! string
            ModifyVolumeStatus: status! string, targetVolumeAttributesClassName string
            NFSVolumeSource: path! string, readOnly bool, server! string
            NamespaceCondition: lastTransitionTime time, message string, reason string, status! string, type! string
            NamespaceSpec: finalizers [string]
            NamespaceStatus: conditions [NamespaceCondition] merge(type) map(type), phase string
            NodeAddress: address! string, type! string
            NodeAffinity: preferredDuringSchedulingIgnoredDuringExecution [PreferredSchedulingTerm],
                requiredDuringSchedulingIgnoredDuringExecution NodeSelector
            NodeAllocatableResourceClaimStatus: containers [string] set, resourceClaimName! string, resources! {quantity}
            NodeCondition: lastHeartbeatTime time, lastTransitionTime time, message string, reason string, status! string,
                type! string
            NodeConfigSource: configMap ConfigMapNodeConfigSource
            NodeConfigStatus: active NodeConfigSource, assigned NodeConfigSource, error string, lastKnownGood NodeConfigSource
            NodeDaemonEndpoints: kubeletEndpoint DaemonEndpoint
            NodeFeatures: supplementalGroupsPolicy bool
            NodeRuntimeHandler: features NodeRuntimeHandlerFeatures, name string
            NodeRuntimeHandlerFeatures: recursiveReadOnlyMounts bool, userNamespaces bool
            NodeSelector atomic: nodeSelectorTerms! [NodeSelectorTerm]
            NodeSelectorRequirement: key! string, operator! string, values [string]
            NodeSelectorTerm atomic: matchExpressions [NodeSelectorRequirement], matchFields [NodeSelectorRequirement]
            NodeSpec: configSource NodeConfigSource, externalID string, podCIDR string, podCIDRs [string] merge set,
                providerID string, taints [Taint], unschedulable bool
            NodeStatus: addresses [NodeAddress] merge(type) map(type), allocatable {quantity}, capacity {quantity},
                conditions [NodeCondition] merge(type) map(type), config NodeConfigStatus, daemonEndpoints NodeDaemonEndpoints,
                declaredFeatures [string], features NodeFeatures, images [ContainerImage], nodeInfo NodeSystemInfo,
                phase string, runtimeHandlers [NodeRuntimeHandler], volumesAttached [AttachedVolume], volumesInUse [string]
            NodeSwapStatus: capacity int64
            NodeSystemInfo: architecture! string, bootID! string, containerRuntimeVersion! string, kernelVersion! string,
                kubeProxyVersion! string, kubeletVersion! string, machineID! string, operatingSystem! string, osImage! string,
                swap NodeSwapStatus, systemUUID! string
            ObjectFieldSelector atomic: apiVersion string, fieldPath! string
            ObjectReference atomic: apiVersion string, fieldPath string, kind string, name string, namespace string,
                resourceVersion string, uid string
            PersistentVolumeClaimCondition: lastProbeTime time, lastTransitionTime time, message string, reason string,
                status! string, type! string
            PersistentVolumeClaimSpec: accessModes [string], dataSource TypedLocalObjectReference,
                dataSourceRef TypedObjectReference, resources VolumeResourceRequirements, selector meta.v1.LabelSelector,
                storageClassName string, volumeAttributesClassName string, volumeMode string, volumeName string
            PersistentVolumeClaimStatus: accessModes [string], allocatedResourceStatuses {string},
                allocatedResources {quantity}, capacity {quantity},
                conditions [PersistentVolumeClaimCondition] merge(type) map(type), currentVolumeAttributesClassName string,
                modifyVolumeStatus ModifyVolumeStatus, phase string
            PersistentVolumeClaimTemplate: metadata meta.v1.ObjectMeta, spec! PersistentVolumeClaimSpec
            PersistentVolumeClaimVolumeSource: claimName! string, readOnly bool
            PersistentVolumeSpec: accessModes [string], awsElasticBlockStore AWSElasticBlockStoreVolumeSource,
                azureDisk AzureDiskVolumeSource, azureFile AzureFilePersistentVolumeSource, capacity {quantity},
                cephfs CephFSPersistentVolumeSource, cinder CinderPersistentVolumeSource, claimRef ObjectReference,
                csi CSIPersistentVolumeSource, fc FCVolumeSource, flexVolume FlexPersistentVolumeSource,
                flocker FlockerVolumeSource, gcePersistentDisk GCEPersistentDiskVolumeSource,
                glusterfs GlusterfsPersistentVolumeSource, hostPath HostPathVolumeSource, iscsi ISCSIPersistentVolumeSource,
                local LocalVolumeSource, mountOptions [string], nfs NFSVolumeSource, nodeAffinity VolumeNodeAffinity,
                persistentVolumeReclaimPolicy string, photonPersistentDisk PhotonPersistentDiskVolumeSource,
                portworxVolume PortworxVolumeSource, quobyte QuobyteVolumeSource, rbd RBDPersistentVolumeSource,
                scaleIO ScaleIOPersistentVolumeSource, storageClassName string, storageos StorageOSPersistentVolumeSource,
                volumeAttributesClassName string, volumeMode string, vsphereVolume VsphereVirtualDiskVolumeSource
            PersistentVolumeStatus: lastPhaseTransitionTime time, message string, phase string, reason string
            PhotonPersistentDiskVolumeSource: fsType string, pdID! string
            PodAffinity: preferredDuringSchedulingIgnoredDuringExecution [WeightedPodAffinityTerm],
                requiredDuringSchedulingIgnoredDuringExecution [PodAffinityTerm]
            PodAffinityTerm: labelSelector meta.v1.LabelSelector, matchLabelKeys [string], mismatchLabelKeys [string],
                namespaceSelector meta.v1.LabelSelector, namespaces [string], topologyKey! string
            PodAntiAffinity: preferredDuringSchedulingIgnoredDuringExecution [WeightedPodAffinityTerm],
                requiredDuringSchedulingIgnoredDuringExecution [PodAffinityTerm]
            PodCertificateProjection: certificateChainPath string, credentialBundlePath string, keyPath string, keyType! string,
                maxExpirationSeconds int32, signerName! string, userAnnotations {string}
            PodCondition: lastProbeTime time, lastTransitionTime time, message string, observedGeneration int64, reason string,
                status! string, type! string
            PodDNSConfig: nameservers [string], options [PodDNSConfigOption], searches [string]
            PodDNSConfigOption: name string, value string
            PodExtendedResourceClaimStatus: requestMappings! [ContainerExtendedResourceRequest], resourceClaimName! string
            PodIP: ip! string
            PodOS: name! string
            PodReadinessGate: conditionType! string
            PodResourceClaim: name! string, resourceClaimName string, resourceClaimTemplateName string
            PodResourceClaimStatus: name! string, resourceClaimName string
            PodSchedulingGate: name! string
            PodSchedulingGroup: podGroupName string
            PodSecurityContext: appArmorProfile AppArmorProfile, fsGroup int64, fsGroupChangePolicy string, runAsGroup int64,
                runAsNonRoot bool, runAsUser int64, seLinuxChangePolicy string, seLinuxOptions SELinuxOptions,
                seccompProfile SeccompProfile, supplementalGroups [int64], supplementalGroupsPolicy string, sysctls [Sysctl],
                windowsOptions WindowsSecurityContextOptions
            PodSpec: activeDeadlineSeconds int64, affinity Affinity, automountServiceAccountToken bool,
                containers! [Container] merge(name) map(name), dnsConfig PodDNSConfig, dnsPolicy string,
                enableServiceLinks bool, ephemeralContainers [EphemeralContainer] merge(name) map(name),
                hostAliases [HostAlias] merge(ip) map(ip), hostIPC bool, hostNetwork bool, hostPID bool, hostUsers bool,
                hostname string, hostnameOverride string, imagePullSecrets [LocalObjectReference] merge(name) map(name),
                initContainers [Container] merge(name) map(name), nodeName string, nodeSelector {string} atomic, os PodOS,
                overhead {quantity}, preemptionPolicy string, priority int32, priorityClassName string,
                readinessGates [PodReadinessGate], resourceClaims [PodResourceClaim] merge(name) retainKeys map(name),
                resources ResourceRequirements, restartPolicy string, runtimeClassName string, schedulerName string,
                schedulingGates [PodSchedulingGate] merge(name) map(name), schedulingGroup PodSchedulingGroup,
                securityContext PodSecurityContext, serviceAccount string, serviceAccountName string, setHostnameAsFQDN bool,
                shareProcessNamespace bool, subdomain string, terminationGracePeriodSeconds int64, tolerations [Toleration],
                topologySpreadConstraints [TopologySpreadConstraint] merge(topologyKey) map(topologyKey,whenUnsatisfiable),
                volumes [Volume] merge(name) retainKeys map(name)
            PodStatus: allocatedResources {quantity}, conditions [PodCondition] merge(type) map(type),
                containerStatuses [ContainerStatus], ephemeralContainerStatuses [ContainerStatus],
                extendedResourceClaimStatus PodExtendedResourceClaimStatus, hostIP string, hostIPs [HostIP] merge(ip),
                initContainerStatuses [ContainerStatus], message string,
                nodeAllocatableResourceClaimStatuses [NodeAllocatableResourceClaimStatus], nominatedNodeName string,
                observedGeneration int64, phase string, podIP string, podIPs [PodIP] merge(ip) map(ip), qosClass string,
                reason string, resize string, resourceClaimStatuses [PodResourceClaimStatus] merge(name) retainKeys map(name),
                resources ResourceRequirements, startTime time
            PodTemplateSpec: metadata meta.v1.ObjectMeta, spec PodSpec
            PortStatus: error string, port! int32, protocol! string
            PortworxVolumeSource: fsType string, readOnly bool, volumeID! string
            PreferredSchedulingTerm: preference! NodeSelectorTerm, weight! int32
            Probe: exec ExecAction, failureThreshold int32, grpc GRPCAction, httpGet HTTPGetAction, initialDelaySeconds int32,
                periodSeconds int32, successThreshold int32, tcpSocket TCPSocketAction, terminationGracePeriodSeconds int64,
                timeoutSeconds int32
            ProjectedVolumeSource: defaultMode int32, sources [VolumeProjection]
            QuobyteVolumeSource: group string, readOnly bool, registry! string, tenant string, user string, volume! string
            RBDPersistentVolumeSource: fsType string, image! string, keyring string, monitors! [string], pool string,
                readOnly bool, secretRef SecretReference, user string
            RBDVolumeSource: fsType string, image! string, keyring string, monitors! [string], pool string, readOnly bool,
                secretRef LocalObjectReference, user string
            ReplicationControllerCondition: lastTransitionTime time, message string, reason string, status! string, type! string
            ReplicationControllerSpec: minReadySeconds int32, replicas int32, selector {string} atomic, template PodTemplateSpec
            ReplicationControllerStatus: availableReplicas int32,
                conditions [ReplicationControllerCondition] merge(type) map(type), fullyLabeledReplicas int32,
                observedGeneration int64, readyReplicas int32, replicas! int32
            ResourceClaim: name! string, request string
            ResourceFieldSelector atomic: containerName string, divisor quantity, resource! string
            ResourceHealth: health string, message string, resourceID! string
            ResourceQuotaSpec: hard {quantity}, scopeSelector ScopeSelector, scopes [string]
            ResourceQuotaStatus: hard {quantity}, used {quantity}
            ResourceRequirements: claims [ResourceClaim] map(name), limits {quantity}, requests {quantity}
            ResourceStatus: name! string, resources [ResourceHealth] map(resourceID)
            SELinuxOptions: level string, role string, type string, user string
            ScaleIOPersistentVolumeSource: fsType string, gateway! string, protectionDomain string, readOnly bool,
                secretRef! SecretReference, sslEnabled bool, storageMode string, storagePool string, system! string,
                volumeName string
            ScaleIOVolumeSource: fsType string, gateway! string, protectionDomain string, readOnly bool,
                secretRef! LocalObjectReference, sslEnabled bool, storageMode string, storagePool string, system! string,
                volumeName string
            ScopeSelector atomic: matchExpressions [ScopedResourceSelectorRequirement]
            ScopedResourceSelectorRequirement: operator! string, scopeName! string, values [string]
            SeccompProfile: localhostProfile string, type! string
            SecretEnvSource: name string, optional bool
            SecretKeySelector atomic: key! string, name string, optional bool
            SecretProjection: items [KeyToPath], name string, optional bool
            SecretReference atomic: name string, namespace string
            SecretVolumeSource: defaultMode int32, items [KeyToPath], optional bool, secretName string
            SecurityContext: allowPrivilegeEscalation bool, appArmorProfile AppArmorProfile, capabilities Capabilities,
                privileged bool, procMount string, readOnlyRootFilesystem bool, runAsGroup int64, runAsNonRoot bool,
                runAsUser int64, seLinuxOptions SELinuxOptions, seccompProfile SeccompProfile,
                windowsOptions WindowsSecurityContextOptions
            ServiceAccountTokenProjection: audience string, expirationSeconds int64, path! string
            ServicePort: appProtocol string, name string, nodePort int32, port! int32, protocol string default(TCP),
                targetPort intOrString
            ServiceSpec: allocateLoadBalancerNodePorts bool, clusterIP string, clusterIPs [string], externalIPs [string],
                externalName string, externalTrafficPolicy string, healthCheckNodePort int32, internalTrafficPolicy string,
                ipFamilies [string], ipFamilyPolicy string, loadBalancerClass string, loadBalancerIP string,
                loadBalancerSourceRanges [string], ports [ServicePort] merge(port) map(port,protocol),
                publishNotReadyAddresses bool, selector {string} atomic, sessionAffinity string,
                sessionAffinityConfig SessionAffinityConfig, trafficDistribution string, type string
            ServiceStatus: conditions [meta.v1.Condition] merge(type) map(type), loadBalancer LoadBalancerStatus
            SessionAffinityConfig: clientIP ClientIPConfig
            SleepAction: seconds! int64
            StorageOSPersistentVolumeSource: fsType string, readOnly bool, secretRef ObjectReference, volumeName string,
                volumeNamespace string
            StorageOSVolumeSource: fsType string, readOnly bool, secretRef LocalObjectReference, volumeName string,
                volumeNamespace string
            Sysctl: name! string, value! string
            TCPSocketAction: host string, port! intOrString
            Taint: effect! string, key! string, timeAdded time, value string
            Toleration: effect string, key string, operator string, tolerationSeconds int64, value string
            TopologySelectorLabelRequirement: key! string, values! [string]
            TopologySelectorTerm atomic: matchLabelExpressions [TopologySelectorLabelRequirement]
            TopologySpreadConstraint: labelSelector meta.v1.LabelSelector, matchLabelKeys [string], maxSkew! int32,
                minDomains int32, nodeAffinityPolicy string, nodeTaintsPolicy string, topologyKey! string,
                whenUnsatisfiable! string
            TypedLocalObjectReference atomic: apiGroup string, kind! string, name! string
            TypedObjectReference: apiGroup string, kind! string, name! string, namespace string
            Volume: awsElasticBlockStore AWSElasticBlockStoreVolumeSource, azureDisk AzureDiskVolumeSource,
                azureFile AzureFileVolumeSource, cephfs CephFSVolumeSource, cinder CinderVolumeSource,
                configMap ConfigMapVolumeSource, csi CSIVolumeSource, downwardAPI DownwardAPIVolumeSource,
                emptyDir EmptyDirVolumeSource, ephemeral EphemeralVolumeSource, fc FCVolumeSource, flexVolume FlexVolumeSource,
                flocker FlockerVolumeSource, gcePersistentDisk GCEPersistentDiskVolumeSource, gitRepo GitRepoVolumeSource,
                glusterfs GlusterfsVolumeSource, hostPath HostPathVolumeSource, image ImageVolumeSource,
                iscsi ISCSIVolumeSource, name! string, nfs NFSVolumeSource,
                persistentVolumeClaim PersistentVolumeClaimVolumeSource, photonPersistentDisk PhotonPersistentDiskVolumeSource,
                portworxVolume PortworxVolumeSource, projected ProjectedVolumeSource, quobyte QuobyteVolumeSource,
                rbd RBDVolumeSource, scaleIO ScaleIOVolumeSource, secret SecretVolumeSource, storageos StorageOSVolumeSource,
                vsphereVolume VsphereVirtualDiskVolumeSource
            VolumeDevice: devicePath! string, name! string
            VolumeMount: mountPath! string, mountPropagation string, name! string, readOnly bool, recursiveReadOnly string,
                subPath string, subPathExpr string
            VolumeMountStatus: mountPath! string, name! string, readOnly bool, recursiveReadOnly string,
                volumeStatus VolumeStatus
            VolumeNodeAffinity: required NodeSelector
            VolumeProjection: clusterTrustBundle ClusterTrustBundleProjection, configMap ConfigMapProjection,
                downwardAPI DownwardAPIProjection, podCertificate PodCertificateProjection, secret SecretProjection,
                serviceAccountToken ServiceAccountTokenProjection
            VolumeResourceRequirements: limits {quantity}, requests {quantity}
            VolumeStatus: image ImageVolumeStatus
            VsphereVirtualDiskVolumeSource: fsType string, storagePolicyID string, storagePolicyName string, volumePath! string
            WeightedPodAffinityTerm: podAffinityTerm! PodAffinityTerm, weight! int32
            WindowsSecurityContextOptions: gmsaCredentialSpec string, gmsaCredentialSpecName string, hostProcess bool,
                runAsUserName string
            """#),
    ]
}
