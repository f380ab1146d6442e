namespace Konsul.Mesh.Manifests.Tests;

/// <summary>One thing made wrong in one manifest, and what the check must say to it.</summary>
internal sealed record Fault(string File, string Sound, string Faulty, string Expected)
{
    public static readonly IReadOnlyList<Fault> All =
    [
        new("base/statefulset.yaml", "containerPort: 8500", "containerPort: many", "containerPort must be integer"),
        new("base/statefulset.yaml", "replicas: 3", "replicas: \"3\"", "spec.replicas must be integer"),
        new("base/statefulset.yaml", "  serviceName: konsul-server-peers\n", "  serviceName: konsul-peers\n", "names Service konsul-peers"),
        new("base/statefulset.yaml", "runAsNonRoot: true", "runAsNonroot: true", "unknown field runAsNonroot"),
        new("base/statefulset.yaml", "          volumeMounts:", "          volumeMountz:", "unknown field volumeMountz"),
        new("base/statefulset.yaml", "              port: http\n            periodSeconds: 10", "              port: htttp\n            periodSeconds: 10", "livenessProbe asks port htttp"),
        new("base/statefulset.yaml", "            name: konsul-server\n        - name: kek", "            name: konsul-sever\n        - name: kek", "names ConfigMap konsul-sever"),
        new("base/statefulset.yaml", "secretName: konsul-kek", "secretName: konsul-key", "names Secret konsul-key"),
        new("base/statefulset.yaml", "$(POD_NAME)", "$(POD_NAMES)", "uses $(POD_NAMES)"),
        new("base/statefulset.yaml", "--node-id=", "--nodeid=", "konsul-server has no option --nodeid"),
        new("base/statefulset.yaml", "name: KONSUL_CA_KEK_FILE", "name: KONSUL_KEK_FILE", "konsul-server reads no KONSUL_KEK_FILE"),
        new("base/statefulset.yaml", "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", "readOnlyRootFilesystem is not true"),
        new("base/statefulset.yaml", "konsul-server:0.1.0", "konsul-server:latest", "is not pinned"),
        new("base/configmap.yaml", "grpc_addr: 0.0.0.0:8503", "grpc_addr: 0.0.0.0:8502", "grpc_addr 0.0.0.0:8502 is not among its ports"),
        new("base/configmap.yaml", "leaf_ttl:", "leaf_tl:", "configuration key leaf_tl"),
        new("base/statefulset.yaml", "konsul-server-1.konsul-server-peers.konsul-system.svc:7000", "konsul-server-1.konsul-server-peer.konsul-system.svc:7000", "names Service konsul-server-peer in"),
        new("base/statefulset.yaml", "                  name: konsul-join", "                  name: konsul-joins", "names Secret konsul-joins"),
        new("base/disruptionbudget.yaml", "maxUnavailable: 1", "maxUnavailible: 1", "unknown field maxUnavailible"),
        new("base/disruptionbudget.yaml", "      app.kubernetes.io/component: server\n", "      app.kubernetes.io/component: servers\n", "its selector matches no pod"),
        new("base/services.yaml", "targetPort: dns-udp", "targetPort: dns", "which no container declares"),
        new("base/services.yaml", "    app.kubernetes.io/component: server\n  ports:\n    - name: raft", "    app.kubernetes.io/component: servers\n  ports:\n    - name: raft", "selector matches no pod"),
        new("base/serviceaccount.yaml", "name: konsul-server\n  labels", "name: konsul-servers\n  labels", "names ServiceAccount konsul-server"),
        new("base/networkpolicy.yaml", "- port: raft", "- port: rafts", "allows port rafts/TCP"),
        new("samples/web.yaml", "konsul-server.konsul-system.svc:8503", "konsul-server.konsul-system.svc:8502", "has no port 8502"),
        new("samples/web.yaml", "terminationGracePeriodSeconds: 45", "terminationGracePeriodSeconds: 39", "39 is less than delay 5 + drain 30 + 5"),
        new("base/statefulset.yaml", "terminationGracePeriodSeconds: 45", "terminationGracePeriodSeconds: 14", "14 is less than delay 0 + drain 10 + 5"),
        new("samples/web.yaml", "          restartPolicy: Always\n", "", "must be an init container with restartPolicy Always"),
        new("samples/web.yaml", "konsul.io/mtls-mode", "konsul.io/mtls", "konsul.io/mtls is no label or annotation"),
        new("samples/api.yaml", "path: /ready", "path: /metrics", "answers no probe on /metrics"),
        new("samples/api.yaml", "$(POD_IP):21000", "$(POD_IP):21001", "--inbound-addr listens on 21001"),
        new("samples/api.yaml", "      app.kubernetes.io/component: app\n  template", "      app.kubernetes.io/component: apps\n  template", "its selector does not match its own pods"),
        new("samples/kustomization.yaml", "  - api.yaml", "  - apis.yaml", "apis.yaml"),
        new("samples/namespace.yaml", "kind: Namespace\n", "kind: Namespace\nkind: Namespace\n", "Map keys must be unique"),
    ];
}
