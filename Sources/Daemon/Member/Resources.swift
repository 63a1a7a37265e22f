import Kubernetes

/// The resources that the simulation reads and writes.
extension GroupVersionResource {
    static let nodes = GroupVersionResource(group: "", version: "v1", resource: "nodes")
    static let pods = GroupVersionResource(group: "", version: "v1", resource: "pods")
    static let services = GroupVersionResource(group: "", version: "v1", resource: "services")
    static let endpoints = GroupVersionResource(group: "", version: "v1", resource: "endpoints")
    static let persistentVolumeClaims = GroupVersionResource(group: "", version: "v1", resource: "persistentvolumeclaims")
    static let endpointSlices = GroupVersionResource(group: "discovery.k8s.io", version: "v1", resource: "endpointslices")
    static let deployments = GroupVersionResource(group: "apps", version: "v1", resource: "deployments")
    static let replicaSets = GroupVersionResource(group: "apps", version: "v1", resource: "replicasets")
    static let statefulSets = GroupVersionResource(group: "apps", version: "v1", resource: "statefulsets")
    static let daemonSets = GroupVersionResource(group: "apps", version: "v1", resource: "daemonsets")
    static let controllerRevisions = GroupVersionResource(group: "apps", version: "v1", resource: "controllerrevisions")
    static let jobs = GroupVersionResource(group: "batch", version: "v1", resource: "jobs")
}
