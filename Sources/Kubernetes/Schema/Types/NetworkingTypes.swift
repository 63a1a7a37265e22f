extension SchemaModule {
    /// Types of `networking.k8s.io/v1`.
    static let networking = [
        SchemaModule(
            "networking.v1", GroupVersion(group: "networking.k8s.io", version: "v1"),
            #"""
            IPAddress kind: spec! IPAddressSpec
            Ingress kind: spec IngressSpec, status IngressStatus
            IngressClass kind: spec IngressClassSpec
            NetworkPolicy kind: spec NetworkPolicySpec
            ServiceCIDR kind: spec ServiceCIDRSpec, status ServiceCIDRStatus
            HTTPIngressPath: backend! IngressBackend, path string, pathType! string
            HTTPIngressRuleValue: paths! [HTTPIngressPath]
            IPAddressSpec: parentRef! ParentReference
            IPBlock: cidr! string, except [string]
            IngressBackend: resource core.v1.TypedLocalObjectReference, service IngressServiceBackend
            IngressClassParametersReference: apiGroup string, kind! string, name! string, namespace string, scope string
            IngressClassSpec: controller string, parameters IngressClassParametersReference
            IngressLoadBalancerIngress: hostname string, ip string, ports [IngressPortStatus]
            IngressLoadBalancerStatus: ingress [IngressLoadBalancerIngress]
            IngressPortStatus: error string, port! int32, protocol! string
            IngressRule: host string, http HTTPIngressRuleValue
            IngressServiceBackend: name! string, port ServiceBackendPort
            IngressSpec: defaultBackend IngressBackend, ingressClassName string, rules [IngressRule], tls [IngressTLS]
            IngressStatus: loadBalancer IngressLoadBalancerStatus
            IngressTLS: hosts [string], secretName string
            NetworkPolicyEgressRule: ports [NetworkPolicyPort], to [NetworkPolicyPeer]
            NetworkPolicyIngressRule: from [NetworkPolicyPeer], ports [NetworkPolicyPort]
            NetworkPolicyPeer: ipBlock IPBlock, namespaceSelector meta.v1.LabelSelector, podSelector meta.v1.LabelSelector
            NetworkPolicyPort: endPort int32, port intOrString, protocol string
            NetworkPolicySpec: egress [NetworkPolicyEgressRule], ingress [NetworkPolicyIngressRule],
                podSelector meta.v1.LabelSelector, policyTypes [string]
            ParentReference: group string, name! string, namespace string, resource! string
            ServiceBackendPort atomic: name string, number int32
            ServiceCIDRSpec: cidrs [string]
            ServiceCIDRStatus: conditions [meta.v1.Condition] merge(type) map(type)
            """#),
    ]
}
