#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension MetricsRegistry {
    /// What Prometheus' client libraries tell of every process.
    public func addProcessMetrics() {
        let started = Double(time(nil))
        counter("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.") {
            var time = timespec()
            clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        gauge("process_start_time_seconds", "Start time of the process since unix epoch in seconds.") { started }
        gauge("process_resident_memory_bytes", "Resident memory size in bytes.") { Self.residentBytes.map(Double.init) }
    }

    /// What the kernel says of this process; nil where there is no procfs. Reading it waits for no device.
    private static var residentBytes: Int? {
        guard let file = fopen("/proc/self/statm", "r") else { return nil }
        defer { fclose(file) }
        var line = [UInt8](repeating: 0, count: 128)
        let count = fread(&line, 1, line.count, file)
        let fields = String(decoding: line.prefix(count), as: UTF8.self).split(separator: " ")
        return fields.count > 1 ? Int(fields[1]).map { $0 * Int(getpagesize()) } : nil
    }
}
