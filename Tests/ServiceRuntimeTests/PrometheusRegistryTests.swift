import CoreMetrics
import Testing

@testable import ServiceRuntime

struct PrometheusRegistryTests {
    private let registry = PrometheusRegistry()

    @Test func aCounterIsATotal() {
        registry.describe("edge.frames.sent", "Frames sent,\nby \\ type.")
        Counter(label: "edge.frames.sent", dimensions: [("type", "message")], factory: registry).increment(by: 3)
        Counter(label: "edge.frames.sent", dimensions: [("type", "ack")], factory: registry).increment()
        #expect(
            registry.render() == """
                # HELP edge_frames_sent_total Frames sent,\\nby \\\\ type.
                # TYPE edge_frames_sent_total counter
                edge_frames_sent_total{type="ack"} 1
                edge_frames_sent_total{type="message"} 3

                """)
    }

    @Test func aNameThatEndsInTotalIsLeft() {
        Counter(label: "sends_total", factory: registry).increment()
        #expect(registry.render().contains("\nsends_total 1\n"))
    }

    @Test func gaugesAndMetersShowWhatHoldsNow() {
        Gauge(label: "sessions", factory: registry).record(7)
        let meter = Meter(label: "queue", factory: registry)
        meter.set(1.5)
        meter.increment(by: 2)
        meter.decrement(by: 1)
        let text = registry.render()
        #expect(text.contains("# TYPE sessions gauge\nsessions 7\n"))
        #expect(text.contains("# TYPE queue gauge\nqueue 2.5\n"))
    }

    @Test func aCounterOfFractionsKeepsThem() {
        let counter = FloatingPointCounter(label: "seconds_spent", factory: registry)
        counter.increment(by: 0.25)
        counter.increment(by: 0.5)
        #expect(registry.render().contains("# TYPE seconds_spent_total counter\nseconds_spent_total 0.75\n"))
    }

    @Test func aTimerIsAHistogramInSeconds() {
        let timer = CoreMetrics.Timer(label: "delivery", dimensions: [("edge", "e1")], factory: registry)
        timer.recordNanoseconds(100_000)
        timer.recordNanoseconds(100_001)
        timer.recordMilliseconds(2000)
        timer.recordSeconds(60)
        let text = registry.render()
        #expect(text.contains("# TYPE delivery_seconds histogram\n"))
        #expect(text.contains("delivery_seconds_bucket{edge=\"e1\",le=\"0.0001\"} 1\n"))
        #expect(text.contains("delivery_seconds_bucket{edge=\"e1\",le=\"0.00025\"} 2\n"))
        #expect(text.contains("delivery_seconds_bucket{edge=\"e1\",le=\"1\"} 2\n"))
        #expect(text.contains("delivery_seconds_bucket{edge=\"e1\",le=\"2.5\"} 3\n"))
        #expect(text.contains("delivery_seconds_bucket{edge=\"e1\",le=\"10\"} 3\n"))
        #expect(text.contains("delivery_seconds_bucket{edge=\"e1\",le=\"+Inf\"} 4\n"))
        #expect(text.contains("delivery_seconds_sum{edge=\"e1\"} 62.000200001"))
        #expect(text.contains("delivery_seconds_count{edge=\"e1\"} 4\n"))
    }

    @Test func aRecorderHasTheBucketsOfItsUnit() {
        Recorder(label: "batch_entries", factory: registry).record(500)
        Recorder(label: "frame_bytes", factory: registry).record(65)
        Recorder(label: "lag_seconds", factory: registry).record(0.3)
        let text = registry.render()
        #expect(text.contains("batch_entries_bucket{le=\"200\"} 0\nbatch_entries_bucket{le=\"500\"} 1\n"))
        #expect(text.contains("frame_bytes_bucket{le=\"64\"} 0\nframe_bytes_bucket{le=\"256\"} 1\n"))
        #expect(text.contains("lag_seconds_bucket{le=\"0.25\"} 0\nlag_seconds_bucket{le=\"0.5\"} 1\n"))
    }

    @Test func labelsAreEscapedAndSorted() {
        Counter(label: "c", dimensions: [("z.y", "a\"b\\c\nd"), ("1a", "é")], factory: registry).increment()
        #expect(registry.render().contains("c_total{_1a=\"é\",z_y=\"a\\\"b\\\\c\\nd\"} 1\n"))
    }

    @Test(arguments: [("a.b-c d", "a_b_c_d"), ("9lives", "_9lives"), ("ns:x", "ns:x"), ("é", "_"), ("", "_")])
    func namesAreMadeFit(label: String, name: String) {
        #expect(PrometheusText.name(label) == name)
    }

    @Test(arguments: [
        (1.0, "1"), (0.25, "0.25"), (-3, "-3"), (1e15, "1000000000000000"), (.infinity, "+Inf"), (-.infinity, "-Inf"),
        (.nan, "NaN"), (1e300, "1e+300"),
    ])
    func numbersAreWrittenAsPrometheusReadsThem(value: Double, text: String) {
        #expect(PrometheusText.number(value) == text)
    }

    @Test func theSameLabelAndDimensionsAreOneMetric() {
        let first = Counter(label: "c", dimensions: [("a", "1"), ("b", "2")], factory: registry)
        let second = Counter(label: "c", dimensions: [("b", "2"), ("a", "1")], factory: registry)
        first.increment()
        second.increment()
        #expect(registry.render().contains("c_total{a=\"1\",b=\"2\"} 2\n"))
        first.destroy()
        #expect(registry.render().contains("} 2\n"))
        second.destroy()
        #expect(registry.render() == "")
    }

    @Test func aNameUsedForAnotherKindGetsANameOfItsOwn() {
        Gauge(label: "x", factory: registry).record(1)
        Recorder(label: "x", factory: registry).record(1)
        let text = registry.render()
        #expect(text.contains("# TYPE x gauge\nx 1\n"))
        #expect(text.contains("# TYPE x_histogram histogram\n"))
    }

    @Test func gaugesCanBeSetAtEachRender() {
        let gauge = Gauge(label: "sessions", factory: registry)
        registry.onRender { gauge.record(42) }
        #expect(registry.render().contains("sessions 42\n"))
    }

    @Test func nothingIsLostWhenManyThreadsRecord() async {
        let counter = Counter(label: "c", factory: registry)
        let meter = Meter(label: "m", factory: registry)
        let timer = CoreMetrics.Timer(label: "t", factory: registry)
        await withDiscardingTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<5000 {
                        counter.increment()
                        meter.increment(by: 0.5)
                        timer.recordSeconds(1)
                    }
                }
            }
        }
        let text = registry.render()
        #expect(text.contains("c_total 40000\n"))
        #expect(text.contains("m 20000\n"))
        #expect(text.contains("t_seconds_count 40000\n"))
        #expect(text.contains("t_seconds_sum 40000\n"))
    }

    @Test func theProcessIsMeasured() throws {
        ProcessMetrics.add(to: registry)
        let text = registry.render()
        for name in [
            "process_resident_memory_bytes", "process_open_fds", "process_max_fds", "process_start_time_seconds",
            "process_cpu_seconds_total",
        ] {
            let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("\(name) ") })
            #expect(try #require(Double(line.split(separator: " ")[1])) > 0)
        }
        #expect(text.contains("# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total "))
    }
}
