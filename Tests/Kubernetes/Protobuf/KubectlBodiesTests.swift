import Testing

@testable import Kubernetes

/// What kubectl 1.32 sent for `kubectl create …`.
@Suite struct KubectlBodiesTests {
    struct Body: Sendable, CustomTestStringConvertible {
        let command: String
        let hex: String
        let json: JSON

        var testDescription: String { command }
    }

    static let bodies = [
        Body(
            command: "create deployment web --image=nginx --replicas=0",
            hex: """
                6b3873000a150a07617070732f7631120a4465706c6f796d656e7412ab010a1f0a0377656212001a0022002a003200380042005a0a0a0361\
                70701203776562127a0800120c0a0a0a0361707012037765621a600a1c0a0012001a0022002a003200380042005a0a0a0361707012037765\
                62124012220a056e67696e7812056e67696e782a0042006a007200800100880100900100a201001a00320042004a00520058006000680082\
                01008a01009a0100c2010022020a00280038001a0c0800100018002000280038001a002200
                """,
            json: [
                "apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "web", "labels": ["app": "web"]],
                "spec": ["replicas": 0, "selector": ["matchLabels": ["app": "web"]],
                "template": [
                    "metadata": ["labels": ["app": "web"]],
                    "spec": ["containers": [["name": "nginx", "image": "nginx"]]]]]
            ]),
        Body(
            command: "create cronjob cj --image=busybox --schedule=\"*/5 * * * *\"",
            hex: """
                6b3873000a130a0862617463682f7631120743726f6e4a6f62129e010a120a02636a12001a0022002a003200380042001285010a0b2a2f35\
                202a202a202a202a1a002a740a120a02636a12001a0022002a00320038004200125e325c0a100a0012001a0022002a003200380042001248\
                12210a02636a120762757379626f782a0042006a007200800100880100900100a201001a094f6e4661696c757265320042004a0052005800\
                600068008201008a01009a0100c201001a001a002200
                """,
            json: [
                "apiVersion": "batch/v1", "kind": "CronJob", "metadata": ["name": "cj"],
                "spec": ["schedule": "*/5 * * * *", "jobTemplate": ["metadata": ["name": "cj"], "spec": ["template": ["spec": [
                "containers": [["name": "cj", "image": "busybox"]], "restartPolicy": "OnFailure"]]]]]
            ]),
        Body(
            command: "create service clusterip svc --tcp=80:8080",
            hex: """
                6b3873000a0d0a02763112075365727669636512690a1f0a0373766312001a0022002a003200380042005a0a0a0361707012037376631242\
                0a1b0a0738302d38303830120354435018502207080010903f1a002800120a0a0361707012037376631a002209436c757374657249503a00\
                420052005a00600068001a020a001a002200
                """,
            json: [
                "apiVersion": "v1", "kind": "Service", "metadata": ["name": "svc", "labels": ["app": "svc"]],
                "spec": ["ports": [["name": "80-8080", "protocol": "TCP", "port": 80, "targetPort": 8080]],
                "selector": ["app": "svc"], "type": "ClusterIP"]
            ]),
        Body(
            command: "create ingress ing --rule=foo.com/bar=svc1:8080,tls=cert --class=nginx --default-backend=d:http",
            hex: """
                6b3873000a1f0a146e6574776f726b696e672e6b38732e696f2f76311207496e677265737312730a130a03696e6712001a0022002a003200\
                3800420012580a0f220d0a016412080a04687474701000120f0a07666f6f2e636f6d1204636572741a2d0a07666f6f2e636f6d12220a200a\
                1e0a042f626172120f220d0a047376633112050a0010903f1a05457861637422056e67696e781a020a001a002200
                """,
            json: [
                "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": ["name": "ing"],
                "spec": ["defaultBackend": ["service": ["name": "d", "port": ["name": "http"]]], "ingressClassName": "nginx",
                "rules": [["host": "foo.com", "http": ["paths": [["path": "/bar", "pathType": "Exact",
                "backend": ["service": ["name": "svc1", "port": ["number": 8080]]]]]]]],
                "tls": [["hosts": ["foo.com"], "secretName": "cert"]]]
            ]),
        Body(
            command: "create clusterrole agg --aggregation-rule=a=b",
            hex: """
                6b3873000a2b0a1c726261632e617574686f72697a6174696f6e2e6b38732e696f2f7631120b436c7573746572526f6c6512210a130a0361\
                676712001a0022002a003200380042001a0a0a080a060a01611201621a002200
                """,
            json: [
                "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": ["name": "agg"],
                "aggregationRule": ["clusterRoleSelectors": [["matchLabels": ["a": "b"]]]]
            ]),
        Body(
            command: "create poddisruptionbudget pdb --selector=app=x --min-available=50%",
            hex: """
                6b3873000a200a09706f6c6963792f76311213506f6444697372757074696f6e427564676574123a0a130a0370646212001a0022002a0032\
                003800420012170a09080110001a03353025120a0a080a036170701201781a0a080018002000280030001a002200
                """,
            json: [
                "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": ["name": "pdb"],
                "spec": ["minAvailable": "50%", "selector": ["matchLabels": ["app": "x"]]],
                "status": ["currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0, "expectedPods": 0]
            ]),
        Body(
            command: "create priorityclass pc --value=0 --description=d",
            hex: """
                6b3873000a250a147363686564756c696e672e6b38732e696f2f7631120d5072696f72697479436c61737312310a120a02706312001a0022\
                002a00320038004200100018002201642a14507265656d70744c6f7765725072696f726974791a002200
                """,
            json: [
                "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": ["name": "pc"], "value": 0,
                "description": "d", "preemptionPolicy": "PreemptLowerPriority"
            ]),
        Body(
            command: "create quota q --hard=cpu=1,memory=1Gi,pods=2 --scopes=BestEffort",
            hex: """
                6b3873000a130a027631120d5265736f7572636551756f7461124d0a110a017112001a0022002a0032003800420012360a0a0a0363707512\
                030a01310a0f0a066d656d6f727912050a033147690a0b0a04706f647312030a0132120a426573744566666f72741a001a002200
                """,
            json: [
                "apiVersion": "v1", "kind": "ResourceQuota", "metadata": ["name": "q"],
                "spec": ["hard": ["cpu": "1", "memory": "1Gi", "pods": "2"], "scopes": ["BestEffort"]]
            ]),
        Body(
            command: "create token default --duration=10m --audience=a --bound-object-kind=Pod …",
            hex: """
                6b3873000a280a1861757468656e7469636174696f6e2e6b38732e696f2f7631120c546f6b656e5265717565737412310a100a0012001a00\
                22002a0032003800420012170a01611a0f0a03506f64120276311a017022017520d8041a040a0012001a002200
                """,
            json: [
                "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
                "spec": ["audiences": ["a"], "expirationSeconds": 600,
                "boundObjectRef": ["kind": "Pod", "apiVersion": "v1", "name": "p", "uid": "u"]], "status": ["token": ""]
            ]),
    ]

    @Test(arguments: bodies) func readsAs(body: Body) throws {
        #expect(try JSON(kubernetesProtobuf: bytes(body.hex)) == body.json)
    }

    /// Whatever the network makes of a body: an error or an object, never a crash.
    @Test func brokenBodiesDoNotCrash() {
        var random = SeededGenerator(seed: 7)
        var refused = 0
        for round in 0..<20_000 {
            var body = bytes(Self.bodies[round % Self.bodies.count].hex)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: 4..<body.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: body[index] = UInt8.random(in: 0...255, using: &random)
                case 1: body[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                case 2: body.insert(UInt8.random(in: 0...255, using: &random), at: index)
                default: if body.count > 5 { body.remove(at: index) }
                }
            }
            if (try? JSON(kubernetesProtobuf: body)) == nil { refused += 1 }
        }
        #expect((1..<20_000).contains(refused))
    }

    /// Noise in the place of each kind's object reaches every kind of field.
    @Test func noiseDoesNotCrash() {
        var random = SeededGenerator(seed: 8)
        let kinds = [
            ("v1", "Pod"), ("v1", "Event"), ("apps/v1", "Deployment"), ("authorization.k8s.io/v1", "SubjectAccessReview"),
        ]
        for round in 0..<20_000 {
            let (apiVersion, kind) = kinds[round % kinds.count]
            let body = ProtobufWriter.object(apiVersion, kind) { Self.noise(&$0, depth: 0, &random) }
            _ = try? JSON(kubernetesProtobuf: body)
        }
    }

    private static func noise(_ writer: inout ProtobufWriter, depth: Int, _ random: inout SeededGenerator) {
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            let number = Int.random(in: 1...12, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: writer.varint(number, Int64.random(in: .min ... .max, using: &random))
            case 1:
                let count = Int.random(in: 0...5, using: &random)
                writer.data(number, (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) })
            default:
                var inner = ProtobufWriter()
                if depth < 6 { noise(&inner, depth: depth + 1, &random) }
                writer.data(number, inner.bytes)
            }
        }
    }

    private func bytes(_ hex: String) -> [UInt8] {
        let digits = hex.utf8.map { UInt8($0 < 0x40 ? $0 - 0x30 : $0 - 0x57) }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
