import Kubernetes
import Testing

@testable import Interpreter

/// The kinds of other projects that are known without a customization.
@Suite struct ThirdPartyTests {
    private let interpreter = Interpreter()

    private func head(_ kind: String, _ metadata: String = "") -> String {
        let versions = [
            "CloneSet": "apps.kruise.io/v1alpha1", "UnitedDeployment": "apps.kruise.io/v1alpha1",
            "SidecarSet": "apps.kruise.io/v1alpha1",
            "BroadcastJob": "apps.kruise.io/v1alpha1", "AdvancedCronJob": "apps.kruise.io/v1alpha1",
            "Workflow": "argoproj.io/v1alpha1",
            "Rollout": "argoproj.io/v1alpha1", "FlinkDeployment": "flink.apache.org/v1beta1", "Job": "batch.volcano.sh/v1alpha1",
            "PyTorchJob": "kubeflow.org/v1", "TFJob": "kubeflow.org/v1", "MPIJob": "kubeflow.org/v2beta1",
            "Notebook": "kubeflow.org/v1",
            "RayCluster": "ray.io/v1", "RayJob": "ray.io/v1", "RayService": "ray.io/v1",
            "SparkApplication": "sparkoperator.k8s.io/v1beta2",
            "HelmRelease": "helm.toolkit.fluxcd.io/v2beta1", "Kustomization": "kustomize.toolkit.fluxcd.io/v1",
            "GitRepository": "source.toolkit.fluxcd.io/v1", "OCIRepository": "source.toolkit.fluxcd.io/v1beta2",
            "HelmChart": "source.toolkit.fluxcd.io/v1beta2", "ClusterPolicy": "kyverno.io/v1", "Policy": "kyverno.io/v1",
            "DaemonSet": "apps.kruise.io/v1alpha1", "StatefulSet": "apps.kruise.io/v1beta1",
        ]
        return "apiVersion: \(versions[kind] ?? ""), kind: \(kind), metadata: {name: x, namespace: ns, generation: 3\(metadata)}"
    }

    // MARK: Replicas and components

    private static let pod = "template: {spec: {containers: [{resources: {requests: {cpu: 500m, memory: 1Gi}}}]}}"
    private static let needs = "{resourceRequest: {cpu: 500m, memory: 1Gi}}"

    @Test(arguments: [
        ("CloneSet", "replicas: 3, \(pod)", 3, needs), ("StatefulSet", "replicas: 2, \(pod)", 2, needs),
        ("Rollout", "replicas: 2, \(pod)", 2, needs), ("BroadcastJob", pod, 1, needs),
        ("SidecarSet", "containers: []", 0, ""),
        ("Workflow", "parallelism: 4, nodeSelector: {a: b}", 4, "{nodeClaim: {nodeSelector: {a: b}}}"),
        ("Notebook", pod, 1, needs),
        (
            "FlinkDeployment",
            "jobManager: {replicas: 1, resource: {cpu: 1, memory: 2048m}}, taskManager: {resource: {cpu: 2, memory: 1G}}, "
                + "job: {parallelism: 5}, flinkConfiguration: {taskmanager.numberOfTaskSlots: '2'}",
            4, "{resourceRequest: {cpu: '2', memory: 1G}, namespace: ns}"
        ),
        (
            "RayService",
            "rayClusterConfig: {headGroupSpec: {\(pod)}, workerGroupSpecs: [{replicas: 2, template: {spec: {containers: "
                + "[{resources: {requests: {cpu: 2, memory: 10Mi}}}]}}}, {replicas: 1}]}",
            4, "{resourceRequest: {cpu: '2', memory: 1Gi}}"
        ),
    ])
    func replicas(kind: String, spec: String, replicas: Int, requirements: String) async throws {
        let demand = try #require(try await interpreter.replicas(object("{\(head(kind)), spec: {\(spec)}}")))
        #expect(demand.replicas == replicas)
        #expect(try demand.requirements == (requirements.isEmpty ? nil : value(requirements)))
    }

    @Test(arguments: [
        ("CloneSet", "{replicas: 2}", "{replicas: 7}"), ("BroadcastJob", "{}", "{parallelism: 7}"),
        ("Workflow", "{parallelism: 1}", "{parallelism: 7}"),
        (
            "RayService", "{rayClusterConfig: {workerGroupSpecs: [{groupName: a, replicas: 2}, {groupName: b, replicas: 1}]}}",
            "{rayClusterConfig: {workerGroupSpecs: [{groupName: a, replicas: 4}, {groupName: b, replicas: 2}]}}"
        ),
        (
            "RayService", "{rayClusterConfig: {workerGroupSpecs: [{}, {}, {}, {}]}}",
            "{rayClusterConfig: {workerGroupSpecs: [{replicas: 2}, {replicas: 2}, {replicas: 1}, {replicas: 1}]}}"
        ),
        (
            "RayService", "{rayClusterConfig: {workerGroupSpecs: [{replicas: 0}]}}",
            "{rayClusterConfig: {workerGroupSpecs: [{replicas: 6}]}}"
        ),
    ])
    func revision(kind: String, before: String, after: String) async throws {
        let revised = try await interpreter.revise(object("{\(head(kind)), spec: \(before)}"), replicas: 7)
        #expect(try revised.spec == value(after))
    }

    @Test(arguments: [
        (
            "Job", "{tasks: [{name: a, minAvailable: 2, \(pod)}, {\(pod)}]}",
            "[{name: a, replicas: 2, replicaRequirements: \(needs)}, {name: task-1, replicas: 1, replicaRequirements: \(needs)}]"
        ),
        (
            "PyTorchJob", "{pytorchReplicaSpecs: {Worker: {replicas: 3, \(pod)}, Master: {}}}",
            "[{name: master, replicas: 1}, {name: worker, replicas: 3, replicaRequirements: \(needs)}]"
        ),
        (
            "TFJob", "{tfReplicaSpecs: {Chief: {\(pod)}, PS: {replicas: 2, \(pod)}}}",
            "[{name: ps, replicas: 2, replicaRequirements: \(needs)}, {name: chief, replicas: 1, replicaRequirements: \(needs)}]"
        ),
        (
            "MPIJob", "{mpiReplicaSpecs: {Launcher: {\(pod)}, Worker: {\(pod)}}}",
            "[{name: Launcher, replicas: 1, replicaRequirements: \(needs)}, {name: Worker, replicas: 0, replicaRequirements: \(needs)}]"
        ),
        (
            "RayCluster", "{headGroupSpec: {\(pod)}, workerGroupSpecs: [{groupName: g, replicas: 2, \(pod)}, {}]}",
            "[{name: ray-head, replicas: 1, replicaRequirements: \(needs)}, {name: g, replicas: 2, replicaRequirements: \(needs)}, "
                + "{name: worker-2, replicas: 0}]"
        ),
        (
            "RayJob", "{rayClusterSpec: {headGroupSpec: {\(pod)}}}",
            "[{name: ray-head, replicas: 1, replicaRequirements: \(needs)}]"
        ),
        (
            "FlinkDeployment",
            "{jobManager: {resource: {cpu: 0.5, memory: 1Gi}}, taskManager: {replicas: 2, resource: {cpu: 1}}, "
                + "podTemplate: {spec: {nodeSelector: {a: b}, priorityClassName: high}}}",
            "[{name: jobmanager, replicas: 1, replicaRequirements: {resourceRequest: {cpu: 500m, memory: 1Gi}, "
                + "nodeClaim: {nodeSelector: {a: b}}, priorityClassName: high}}, {name: taskmanager, replicas: 2, "
                + "replicaRequirements: {resourceRequest: {cpu: '1'}, nodeClaim: {nodeSelector: {a: b}}, priorityClassName: high}}]"
        ),
        (
            "SparkApplication",
            "{type: Scala, driver: {cores: 1, memory: 512m}, executor: {cores: 2, instances: 3, memory: 10g, "
                + "gpu: {name: nvidia.com/gpu, quantity: 1}}, dynamicAllocation: {enabled: true, minExecutors: 5}}",
            "[{name: driver, replicas: 1, replicaRequirements: {resourceRequest: {cpu: '1', memory: 896Mi}}}, "
                + "{name: executor, replicas: 5, replicaRequirements: {resourceRequest: {cpu: '2', memory: 11Gi, nvidia.com/gpu: '1'}}}]"
        ),
        (
            "SparkApplication", "{type: Python, driver: {memory: 1g, memoryOverhead: 1g}, executor: {}}",
            "[{name: driver, replicas: 1, replicaRequirements: {resourceRequest: {cpu: '1', memory: 2Gi}}}, "
                + "{name: executor, replicas: 1, replicaRequirements: {resourceRequest: {cpu: '1', memory: '1503238554'}}}]"
        ),
    ])
    func components(kind: String, spec: String, components: String) async throws {
        let object = try object("{\(head(kind)), spec: \(spec)}")
        #expect(interpreter.hasRule(for: object.groupVersionKind, .interpretComponent))
        #expect(try await interpreter.components(object).map(JSON.array) == value(components))
    }

    // MARK: Health

    @Test(arguments: [
        ("CloneSet", "spec: {replicas: 2}, status: {observedGeneration: 3, updatedReplicas: 2, availableReplicas: 2}", true),
        ("CloneSet", "spec: {replicas: 2}, status: {observedGeneration: 3, updatedReplicas: 2, availableReplicas: 1}", false),
        ("CloneSet", "spec: {replicas: 2}, status: {observedGeneration: 2, updatedReplicas: 2, availableReplicas: 2}", false),
        (
            "DaemonSet",
            "status: {observedGeneration: 3, desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 2}", true
        ),
        (
            "DaemonSet",
            "status: {observedGeneration: 3, desiredNumberScheduled: 2, updatedNumberScheduled: 1, numberAvailable: 1}", false
        ),
        ("SidecarSet", "status: {matchedPods: 2, updatedPods: 1}", false), ("SidecarSet", "status: {}", true),
        ("BroadcastJob", "status: {desired: 2, active: 2}", true),
        ("BroadcastJob", "status: {desired: 2, active: 2, failed: 1}", false),
        ("Workflow", "status: {phase: Running}", true), ("Workflow", "status: {phase: Error}", false),
        ("Rollout", "status: {phase: Healthy}", true), ("Rollout", "status: {phase: Degraded}", false),
        ("FlinkDeployment", "status: {jobStatus: {state: RUNNING}}", true),
        ("FlinkDeployment", "status: {jobStatus: {state: CREATED}}", false),
        ("FlinkDeployment", "status: {jobStatus: {state: CREATED}, error: ErrImagePull}", true),
        ("FlinkDeployment", "status: {jobManagerDeploymentStatus: READY, lifecycleState: STABLE}", true),
        ("Job", "status: {state: {phase: Running}}", true), ("Job", "status: {state: {phase: Failed}}", false),
        ("PyTorchJob", "status: {conditions: [{type: Running, status: 'True'}]}", true), ("PyTorchJob", "status: {}", false),
        ("TFJob", "status: {conditions: [{type: Failed, status: 'True'}]}", false),
        ("MPIJob", "status: {conditions: []}", false),
        ("MPIJob", "status: {conditions: [{type: Created, status: 'True'}]}", true),
        ("Notebook", "status: {containerState: {running: {}}}", true),
        ("Notebook", "status: {containerState: {waiting: {reason: ContainerCreating}}}", true),
        ("Notebook", "status: {containerState: {terminated: {exitCode: 1}}}", false),
        (
            "RayCluster",
            "status: {conditions: [{type: HeadPodReady, status: 'True'}, {type: RayClusterProvisioned, status: 'True'}]}",
            true
        ),
        ("RayCluster", "status: {conditions: [{type: HeadPodReady, status: 'True'}]}", false),
        ("RayJob", "status: {jobDeploymentStatus: Complete, jobStatus: SUCCEEDED}", true),
        ("RayJob", "status: {jobDeploymentStatus: Complete, jobStatus: FAILED}", false),
        ("RayService", "status: {conditions: [{type: Ready, status: 'True'}]}", true),
        ("SparkApplication", "status: {applicationState: {state: RUNNING}}", true),
        ("SparkApplication", "status: {applicationState: {state: FAILED}}", false), ("SparkApplication", "status: {}", false),
        ("HelmRelease", "status: {conditions: [{type: Ready, status: 'True', reason: ReconciliationSucceeded}]}", true),
        ("HelmRelease", "status: {conditions: [{type: Ready, status: 'True', reason: Other}]}", false),
        ("HelmChart", "status: {conditions: [{type: Ready, status: 'True', reason: ChartPullSucceeded}]}", true),
        ("ClusterPolicy", "status: {ready: true}", true), ("ClusterPolicy", "status: {ready: false}", false),
        ("Policy", "status: {conditions: [{type: Ready, status: 'True', reason: Succeeded}]}", true),
    ])
    func health(kind: String, fields: String, isHealthy: Bool) async throws {
        #expect(try await interpreter.health(object("{\(head(kind)), \(fields)}")) == (isHealthy ? .healthy : .unhealthy))
    }

    // MARK: Status

    @Test func statusOfAReplicatedWorkload() async throws {
        let member = try object(
            """
            {\(head("CloneSet", ", annotations: {resourcetemplate.karmada.io/generation: '5'}")),
             status: {observedGeneration: 3, replicas: 2, readyReplicas: 1, updateRevision: x-1, collisionCount: 0}}
            """)
        let reflected = try #require(try await interpreter.reflectStatus(member))
        #expect(
            try reflected
                == value(
                    "{observedGeneration: 3, generation: 3, resourceTemplateGeneration: 5, replicas: 2, readyReplicas: 1, updateRevision: x-1}"
                ))
        var template = try object("{\(head("CloneSet")), status: {observedGeneration: 4}}")
        template.generation = 5
        let items = ["a", "b"].map { AggregatedStatusItem(clusterName: $0, status: reflected, applied: true) }
        let aggregated = try #require(try await interpreter.aggregateStatus(template, items: items))
        #expect(aggregated.status["replicas"] == 4)
        #expect(aggregated.status["readyReplicas"] == 2)
        #expect(aggregated.status["updateRevision"] == "x-1")
        #expect(aggregated.status["observedGeneration"] == 5)
        let behind = try await interpreter.aggregateStatus(template, items: items + [item("c", "{replicas: 1}")])
        #expect(behind?.status["observedGeneration"] == 4, "not every member has the newest template")
    }

    @Test(arguments: [
        (
            "Kustomization", "{}",
            [
                "{conditions: [{type: Ready, status: 'True', reason: R, message: one}], lastAppliedRevision: r1}",
                "{conditions: [{type: Ready, status: 'True', reason: R, message: two}, {type: Stalled, status: 'True', reason: S}]}",
            ],
            "{conditions: [{type: Ready, status: 'True', reason: R, message: 'm0=one, m1=two'}, "
                + "{type: Stalled, status: 'True', reason: S, message: m1=}], lastAppliedRevision: r1, observedGeneration: 0}"
        ),
        (
            "ClusterPolicy", "{stale: 1}",
            ["{ready: true, rulecount: {validate: 1, mutate: 1}}", "{ready: false, rulecount: {validate: 2, generate: 1}}"],
            "{ready: false, rulecount: {validate: 3, mutate: 1, generate: 1, verifyimages: 0}}"
        ),
        (
            "SparkApplication", "{}",
            [
                "{applicationState: {state: RUNNING}, executionAttempts: 1, executorState: {e1: RUNNING}, terminationTime: t1}",
                "{applicationState: {state: FAILED}, executionAttempts: 2, executorState: {e2: FAILED}, terminationTime: t2}",
            ],
            "{applicationState: {state: FAILED}, executionAttempts: 3, submissionAttempts: 0, executorState: {e1: RUNNING, e2: FAILED}, "
                + "lastSubmissionAttemptTime: '', terminationTime: t2}"
        ),
        ("SparkApplication", "{old: 1}", ["{applicationState: {state: RUNNING}}"], "{applicationState: {state: RUNNING}}"),
        (
            "FlinkDeployment", "{error: old}", ["{lifecycleState: A}", "{lifecycleState: B, taskManager: {replicas: 1}}"],
            "{lifecycleState: B, taskManager: {replicas: 1}}"
        ),
        (
            "RayCluster", "{}",
            [
                "{readyWorkerReplicas: 1, desiredCPU: 500m, desiredMemory: 1Gi, desiredGPU: '1', head: {ip: a}, conditions: [{type: A}]}",
                "{readyWorkerReplicas: 2, desiredCPU: '2', head: {ip: b}, conditions: [{type: B}]}",
            ],
            "{readyWorkerReplicas: 3, availableWorkerReplicas: 0, maxWorkerReplicas: 0, minWorkerReplicas: 0, desiredWorkerReplicas: 0, "
                + "desiredCPU: 2500m, desiredMemory: 1Gi, desiredGPU: '1', desiredTPU: '0', head: {ip: a}, conditions: [{type: A}, {type: B}]}"
        ),
        (
            "RayJob", "{}",
            [
                "{jobDeploymentStatus: Running, jobStatus: RUNNING}",
                "{jobDeploymentStatus: Failed, jobStatus: FAILED, message: why}",
            ],
            "{jobDeploymentStatus: Failed, jobStatus: FAILED, message: why}"
        ),
        (
            "RayService", "{}",
            [
                "{numServeEndpoints: 1, activeServiceStatus: {applicationStatuses: {app: {status: RUNNING}}}}",
                "{numServeEndpoints: 2, serviceStatus: '', activeServiceStatus: {applicationStatuses: {app: {status: UNHEALTHY}}}}",
            ],
            "{numServeEndpoints: 3, observedGeneration: 0, serviceStatus: '', activeServiceStatus: {applicationStatuses: {app: {status: UNHEALTHY}}}}"
        ),
        (
            "MPIJob", "{}",
            [
                "{replicaStatuses: {Worker: {active: 1}}, startTime: t2, conditions: [{type: A, lastUpdateTime: t1}]}",
                "{replicaStatuses: {Worker: {active: 2}}, startTime: t1, conditions: [{type: A, lastUpdateTime: t2}]}",
            ],
            "{replicaStatuses: {Worker: {active: 3, succeeded: 0, failed: 0}}, startTime: t1, conditions: [{type: A, lastUpdateTime: t2}]}"
        ),
        (
            "PyTorchJob", "{}",
            [
                "{startTime: t1, replicaStatuses: {Worker: {active: 1}}, conditions: [{type: Created, status: 'True'}, "
                    + "{type: Running, status: 'True', lastUpdateTime: u, lastTransitionTime: v}]}", "{startTime: t0}",
            ],
            "{startTime: t0, replicaStatuses: {Worker: {active: 1}}, conditions: [{type: Created, status: 'True', reason: PyTorchJobCreated, "
                + "message: PyTorchJob is created., lastUpdateTime: t0, lastTransitionTime: t0}, {type: Running, status: 'True', "
                + "reason: PyTorchJobRunning, message: PyTorchJob is running., lastUpdateTime: u, lastTransitionTime: v}]}"
        ),
        (
            "BroadcastJob", "{}",
            [
                "{active: 0, succeeded: 2, conditions: [{type: Complete, status: 'True'}]}",
                "{conditions: [{type: Failed, status: 'True'}]}",
            ],
            "{active: 0, succeeded: 2, failed: 0, desired: 0, conditions: [{type: Failed, status: 'True', reason: JobFailed, "
                + "message: 'Job executed failed in member clusters: m1'}]}"
        ),
        (
            "AdvancedCronJob", "{}", ["{active: [{name: a}], type: Job}", "{active: [{name: b}]}"],
            "{active: [{name: a}, {name: b}], type: Job}"
        ),
    ])
    func aggregation(kind: String, before: String, statuses: [String], after: String) async throws {
        let template = try object("{\(head(kind)), status: \(before)}")
        let items = try statuses.enumerated().map { try item("m\($0)", $1) }
        let aggregated = try #require(try await interpreter.aggregateStatus(template, items: items))
        #expect(try aggregated.status == value(after))
        #expect(try await interpreter.aggregateStatus(aggregated, items: items) == aggregated, "once more changes nothing")
    }

    /// Conditions that the members' statuses come to keep their times while they stay what they are.
    @Test(arguments: [
        ("TFJob", "{conditions: [{type: Failed, status: 'True'}]}", "TFJob executed failed in member clusters: a, b"),
        ("TFJob", "{conditions: [{type: Succeeded, status: 'True'}]}", "TFJob completed successfully"),
        ("Notebook", "{containerState: {running: {startedAt: t}}}", "All notebooks are ready"),
        ("Notebook", "{containerState: {}}", "Notebook executed failed in member clusters: a, b"),
    ])
    func derivedConditions(kind: String, status: String, message: String) async throws {
        let template = try object("{\(head(kind))}")
        let items = try ["a", "b"].map { try item($0, status) }
        let first = try #require(try await interpreter.aggregateStatus(template, items: items))
        #expect(first.status["conditions"]?[0]?["message"]?.string == message)
        #expect(first.status["conditions"]?[0]?["lastTransitionTime"]?.string.flatMap { Timestamp($0) } != nil)
        var earlier = first
        earlier.status["conditions"] = .array(
            (first.status["conditions"]?.array ?? []).map { condition in
                var condition = condition
                condition["lastTransitionTime"] = "2020-01-01T00:00:00Z"
                return condition
            })
        #expect(try await interpreter.aggregateStatus(earlier, items: items) == earlier)
    }

    @Test func volcanoJobs() async throws {
        let template = try object("{\(head("Job"))}")
        let items = [
            try item(
                "a", "{running: 1, taskStatusCount: {t: {phase: {Running: 1}}}, runningDuration: 59s, state: {phase: Running}}"),
            try item(
                "b", "{running: 2, taskStatusCount: {t: {phase: {Running: 2}}}, runningDuration: 1m, state: {phase: Aborted}}"),
        ]
        var status = try #require(try await interpreter.aggregateStatus(template, items: items)).status
        status["state", "lastTransitionTime"] = nil
        #expect(
            try status
                == value(
                    """
                    {running: 3, taskStatusCount: {t: {phase: {Running: 3}}}, runningDuration: 1m,
                     state: {phase: Failed, reason: VolcanoJobFailed, message: 'Job failed in clusters: b'}}
                    """))
    }

    // MARK: Retention and dependencies

    @Test func membersMayPause() async throws {
        let desired = try object("{\(head("GitRepository")), spec: {url: a}}")
        let observed = try object("{\(head("GitRepository")), spec: {url: b, suspend: true}}")
        #expect(try await interpreter.retain(desired: desired, observed: observed).spec == value("{url: a, suspend: true}"))
    }

    @Test(arguments: [
        ("CloneSet", "{template: {spec: {serviceAccountName: sa}}}", ["ServiceAccount/sa"]),
        (
            "AdvancedCronJob", "{template: {broadcastJobTemplate: {spec: {template: {spec: {serviceAccountName: sa}}}}}}",
            ["ServiceAccount/sa"]
        ),
        (
            "Workflow",
            "{executor: {serviceAccountName: e}, serviceAccountName: s, volumeClaimTemplates: [{metadata: {name: v}}]}",
            ["PersistentVolumeClaim/v", "ServiceAccount/e", "ServiceAccount/s"]
        ),
        (
            "HelmRelease",
            "{valuesFrom: [{kind: Secret, name: v}, {kind: ConfigMap, name: c}], kubeConfig: {secretRef: {name: k}}}",
            ["ConfigMap/c", "Secret/k", "Secret/v"]
        ),
        (
            "OCIRepository", "{secretRef: {name: s}, certSecretRef: {name: c}, serviceAccountName: a}",
            ["Secret/c", "Secret/s", "ServiceAccount/a"]
        ),
        ("TFJob", "{tfReplicaSpecs: {PS: {template: {spec: {imagePullSecrets: [{name: p}]}}}}}", ["Secret/p"]),
        (
            "RayJob",
            "{rayClusterSpec: {headGroupSpec: {template: {spec: {serviceAccountName: h}}}, workerGroupSpecs: "
                + "[{template: {spec: {serviceAccountName: w}}}]}, submitterPodTemplate: {spec: {serviceAccountName: s}}}",
            ["ServiceAccount/h", "ServiceAccount/s", "ServiceAccount/w"]
        ),
    ])
    func dependencies(kind: String, spec: String, names: [String]) async throws {
        let dependencies = try await interpreter.dependencies(object("{\(head(kind)), spec: \(spec)}"))
        #expect(dependencies.map { "\($0.kind)/\($0.name)" } == names)
        #expect(dependencies.allSatisfy { $0.namespace == "ns" })
    }
}
