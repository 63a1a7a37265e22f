/// What a pod's annotations ask of the simulation. Set them in a pod template, or on a running pod with `kubectl annotate`.
enum Annotations {
    /// `"true"`: the pod runs but is not ready, as if its readiness probe failed. Followed while the pod runs.
    static let unready = "simulation.flotilla.dev/unready"
    /// How many seconds the containers of a pod that is not to be restarted run before they end: a decimal number, 1 unless
    /// told.
    static let runSeconds = "simulation.flotilla.dev/run-seconds"
    /// The exit code of those containers: an integer, 0 unless told.
    static let exitCode = "simulation.flotilla.dev/exit-code"
}
