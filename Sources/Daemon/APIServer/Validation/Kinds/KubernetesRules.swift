import Kubernetes

// Which rules each of Kubernetes' kinds has. Kinds that are not listed have those of metadata alone.
extension KindRules {
    static let core: [String: KindRules] = [
        "configmaps": KindRules(validate: KindValidation.validate(configMap:old:_:)),
        "endpoints": KindRules(
            defaults: KindDefaults.fill(endpoints:isCreation:), validate: NetworkValidation.validate(endpoints:old:_:)),
        "events": KindRules(validate: NetworkValidation.validate(event:old:_:)),
        "limitranges": KindRules(
            defaults: KindDefaults.fill(limitRange:isCreation:), validate: LimitValidation.validate(limitRange:old:_:)),
        "namespaces": KindRules(name: .label),
        "nodes": KindRules(validate: NetworkValidation.validate(node:old:_:)),
        "persistentvolumeclaims": KindRules(
            defaults: KindDefaults.fill(persistentVolumeClaim:isCreation:),
            validate: KindValidation.validate(persistentVolumeClaim:old:_:)),
        "persistentvolumes": KindRules(defaults: KindDefaults.fill(persistentVolume:isCreation:)),
        "pods": KindRules(defaults: PodDefaults.fill(pod:isCreation:), validate: PodValidation.validate(pod:old:_:)),
        "podtemplates": KindRules(
            defaults: { object, _ in object.json.withObject("template") { PodDefaults.fill(template: &$0) } },
            validate: { object, _, errors in
                PodValidation.validate(spec: object["template", "spec"] ?? [:], FieldPath("template.spec"), &errors)
            }),
        "replicationcontrollers": KindRules(
            defaults: WorkloadDefaults.fill(replicationController:isCreation:),
            validate: WorkloadValidation.validate(replicationController:old:_:)),
        "resourcequotas": KindRules(validate: LimitValidation.validate(resourceQuota:old:_:)),
        "secrets": KindRules(
            defaults: { object, _ in object.json.fill("type", "Opaque") }, validate: KindValidation.validate(secret:old:_:)),
        "services": KindRules(
            name: .label1035, defaults: KindDefaults.fill(service:isCreation:),
            validate: KindValidation.validate(service:old:_:)),
    ]

    static let apps: [String: KindRules] = [
        "daemonsets": KindRules(
            defaults: WorkloadDefaults.fill(daemonSet:isCreation:), validate: WorkloadValidation.validate(daemonSet:old:_:)),
        "deployments": KindRules(
            defaults: WorkloadDefaults.fill(deployment:isCreation:), validate: WorkloadValidation.validate(deployment:old:_:)),
        "replicasets": KindRules(
            defaults: WorkloadDefaults.fill(replicaSet:isCreation:), validate: WorkloadValidation.validate(replicaSet:old:_:)),
        "statefulsets": KindRules(
            defaults: WorkloadDefaults.fill(statefulSet:isCreation:), validate: WorkloadValidation.validate(statefulSet:old:_:)),
    ]

    static let batch: [String: KindRules] = [
        "cronjobs": KindRules(
            defaults: WorkloadDefaults.fill(cronJob:isCreation:), validate: WorkloadValidation.validate(cronJob:old:_:)),
        "jobs": KindRules(defaults: WorkloadDefaults.fill(job:isCreation:), validate: WorkloadValidation.validate(job:old:_:)),
    ]

    static let autoscaling: [String: KindRules] = [
        "horizontalpodautoscalers": KindRules(
            defaults: KindDefaults.fill(autoscaler:isCreation:), validate: AutoscalerValidation.validate(autoscaler:old:_:))
    ]

    static let networking: [String: KindRules] = [
        "ingressclasses": KindRules(defaults: KindDefaults.fill(ingressClass:isCreation:)),
        "ingresses": KindRules(
            defaults: KindDefaults.fill(ingress:isCreation:), validate: IngressValidation.validate(ingress:old:_:)),
        "networkpolicies": KindRules(
            defaults: KindDefaults.fill(networkPolicy:isCreation:), validate: NetworkValidation.validate(networkPolicy:old:_:)),
    ]

    static let policy: [String: KindRules] = [
        "poddisruptionbudgets": KindRules(
            defaults: KindDefaults.fill(podDisruptionBudget:isCreation:),
            validate: KindValidation.validate(podDisruptionBudget:old:_:))
    ]

    static let rbac: [String: KindRules] = [
        "clusterrolebindings": KindRules(
            name: .pathSegment, defaults: KindDefaults.fill(binding:isCreation:),
            validate: KindValidation.validate(binding:old:_:)),
        "clusterroles": KindRules(name: .pathSegment, validate: KindValidation.validate(role:old:_:)),
        "rolebindings": KindRules(
            name: .pathSegment, defaults: KindDefaults.fill(binding:isCreation:),
            validate: KindValidation.validate(binding:old:_:)),
        "roles": KindRules(name: .pathSegment, validate: KindValidation.validate(role:old:_:)),
    ]

    static let storage: [String: KindRules] = [
        "csidrivers": KindRules(defaults: KindDefaults.fill(driver:isCreation:)),
        "storageclasses": KindRules(
            defaults: KindDefaults.fill(storageClass:isCreation:), validate: KindValidation.validate(storageClass:old:_:)),
    ]

    static let scheduling: [String: KindRules] = [
        "priorityclasses": KindRules(
            defaults: KindDefaults.fill(priorityClass:isCreation:), validate: LimitValidation.validate(priorityClass:old:_:))
    ]

    static let discovery: [String: KindRules] = [
        "endpointslices": KindRules(
            defaults: KindDefaults.fill(endpointSlice:isCreation:), validate: NetworkValidation.validate(endpointSlice:old:_:))
    ]

    static let coordination: [String: KindRules] = [
        "leases": KindRules(validate: KindValidation.validate(lease:old:_:))
    ]

    static let certificates: [String: KindRules] = [
        "certificatesigningrequests": KindRules(
            validate: SigningRequest.validate, validateStatus: SigningRequest.validateConditions, admit: SigningRequest.admit)
    ]

    static let admissionRegistration: [String: KindRules] = [
        "mutatingadmissionpolicies": KindRules(defaults: KindDefaults.fill(admissionPolicy:isCreation:)),
        "mutatingwebhookconfigurations": KindRules(
            defaults: KindDefaults.fill(webhooks:isCreation:), validate: WebhookRules.validate),
        "validatingadmissionpolicies": KindRules(defaults: KindDefaults.fill(admissionPolicy:isCreation:)),
        "validatingwebhookconfigurations": KindRules(
            defaults: KindDefaults.fill(webhooks:isCreation:), validate: WebhookRules.validate),
    ]

    static let apiExtensions: [String: KindRules] = [
        "customresourcedefinitions": KindRules(
            defaults: KindDefaults.fill(resourceDefinition:isCreation:), validate: CustomResourceRules.validate)
    ]
}
