import Kubernetes

/// A binding of either kind: a `ClusterResourceBinding` has no namespace.
typealias BindingID = ObjectKey

extension BindingID {
    var resource: GroupVersionResource { namespace.isEmpty ? ResourceBinding.clusterResource : ResourceBinding.resource }
}
