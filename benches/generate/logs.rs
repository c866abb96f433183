//! Logs as programs write them: klog, JSON lines, logfmt, Java with stack traces, nginx, Go, Python.

use std::io::Write;

use super::random::Random;

/// One line in so many matches a signature.
const RARITY: usize = 10_000;

const STYLES: usize = 8;

/// Writes the log of one pod.
pub struct Writer<'r> {
    random: &'r mut Random,
    samples: &'r [String],
    style: usize,
    timestamps: bool,
    /// Microseconds since the start of the hour-long window, growing with every line.
    clock: u64,
    line: String,
    /// A few clients, users and items that come again and again.
    words: Vec<String>,
}

const PATHS: &[&str] = &[
    "/api/v1/orders",
    "/api/v1/orders/%/items",
    "/api/v2/customers/%",
    "/healthz",
    "/metrics",
    "/api/v1/cart/%/checkout",
    "/static/js/main.%.js",
    "/login",
    "/api/v1/search?q=shoes&page=%",
    "/internal/cache/refresh",
];
const VERBS: &[&str] = &["GET", "GET", "GET", "POST", "PUT", "DELETE"];
const CODES: &[&str] = &["200", "200", "200", "200", "201", "204", "304", "404", "302"];
const MESSAGES: &[&str] = &[
    "request served",
    "cache hit for key",
    "cache miss for key, reading from the database",
    "session refreshed for user",
    "order accepted and queued for fulfilment",
    "inventory reservation confirmed",
    "payment captured",
    "message published to topic orders.events",
    "consumer group rebalanced, partitions assigned",
    "worker picked up job",
    "job finished",
    "scheduled task completed",
    "configuration reloaded, nothing changed",
    "slow query took longer than the threshold",
    "retrying after a temporary error, attempt 2 of 5",
    "token validated for service account",
    "connection returned to the pool",
    "leader lease renewed",
    "snapshot written",
    "compaction finished",
];
const CLASSES: &[&str] = &[
    "c.a.shop.order.OrderService",
    "c.a.shop.order.OrderController",
    "c.a.shop.stock.StockClient",
    "o.s.web.servlet.DispatcherServlet",
    "o.a.k.clients.consumer.internals.ConsumerCoordinator",
    "c.z.hikari.pool.HikariPool",
];
const KLOG: &[(&str, &str)] = &[
    ("reflector.go", "pkg/mod/k8s.io/client-go/tools/cache/reflector.go: Watch close - *v1.Pod total % items received"),
    ("controller.go", "\"Finished syncing\" controller=\"deployment\" key=\"shop/web\" duration=\"%us\""),
    (
        "httplog.go",
        "\"HTTP\" verb=\"GET\" URI=\"/apis/apps/v1/namespaces/shop/deployments?limit=500&resourceVersion=%\" latency=\"2.1ms\" userAgent=\"kube-controller-manager/v1.32.5\" audit-ID=\"%\" srcIP=\"10.0.0.12:%\" resp=200",
    ),
    ("replica_set.go", "\"Too few replicas\" replicaSet=\"shop/web-6d4cf56db6\" need=3 creating=%"),
    ("trace.go", "Trace[%]: \"List\" url:/api/v1/pods,user-agent:kubelet/v1.32.5,client:10.0.0.7 (total time: 512ms)"),
    ("garbagecollector.go", "\"Garbage collector finished a pass\" objects=%"),
];
const FRAMES: &[&str] = &[
    "\tat com.acme.shop.order.OrderService.place(OrderService.java:%)",
    "\tat com.acme.shop.order.OrderController.create(OrderController.java:%)",
    "\tat java.base/jdk.internal.reflect.DirectMethodHandleAccessor.invoke(DirectMethodHandleAccessor.java:103)",
    "\tat java.base/java.lang.reflect.Method.invoke(Method.java:580)",
    "\tat org.springframework.web.method.support.InvocableHandlerMethod.doInvoke(InvocableHandlerMethod.java:255)",
    "\tat org.springframework.web.servlet.DispatcherServlet.doDispatch(DispatcherServlet.java:1089)",
    "\tat org.apache.catalina.core.StandardWrapperValve.invoke(StandardWrapperValve.java:167)",
    "\tat org.apache.tomcat.util.threads.TaskThread$WrappingRunnable.run(TaskThread.java:63)",
    "\tat java.base/java.lang.Thread.run(Thread.java:1583)",
];

impl<'r> Writer<'r> {
    pub fn new(random: &'r mut Random, samples: &'r [String], pod: usize) -> Writer<'r> {
        let words = (0..40).map(|_| random.hex(8)).collect();
        let timestamps = random.below(4) > 0;
        Writer { random, samples, style: pod % STYLES, timestamps, clock: 0, line: String::new(), words }
    }

    /// Lines up to about so many bytes.
    pub fn write(&mut self, out: &mut impl Write, bytes: u64) {
        let mut written = 0;
        while written < bytes {
            self.clock += 200 + self.random.next() % 40_000;
            self.line.clear();
            if self.random.below(RARITY) == 0 {
                self.sample();
            } else {
                self.ordinary();
            }
            written += self.line.len() as u64;
            out.write_all(self.line.as_bytes()).expect("written");
        }
    }

    /// The same, and what a program says when it ends.
    pub fn write_end(&mut self, out: &mut impl Write, bytes: u64) {
        self.write(out, bytes);
        for _ in 0..3 {
            self.line.clear();
            self.sample();
            out.write_all(self.line.as_bytes()).expect("written");
        }
    }

    fn stamp(&mut self) {
        if self.timestamps {
            let (day, time) = self.time();
            self.line.push_str(&format!("{day}T{time}{:03}Z ", self.clock % 997));
        }
    }

    /// `2026-11-20`, `09:12:44.123456`
    fn time(&self) -> (String, String) {
        let seconds = self.clock / 1_000_000;
        let (hour, minute) = (seconds / 3600 % 24, seconds / 60 % 60);
        let day = 10 + seconds / 86_400 % 10;
        (
            format!("2026-11-{day:02}"),
            format!("{hour:02}:{minute:02}:{:02}.{:06}", seconds % 60, self.clock % 1_000_000),
        )
    }

    fn sample(&mut self) {
        self.stamp();
        let sample = self.random.one(self.samples);
        self.line.push_str(sample);
        self.line.push('\n');
    }

    fn number(&mut self) -> u64 {
        // Most numbers of a log are small or come again.
        match self.random.below(3) {
            0 => self.random.next() % 10,
            1 => self.random.next() % 1000,
            _ => self.random.next() % 100_000,
        }
    }

    fn filled(&mut self, template: &str) -> String {
        let mut out = String::with_capacity(template.len() + 8);
        for part in template.split_inclusive('%') {
            match part.strip_suffix('%') {
                Some(text) => {
                    out.push_str(text);
                    out.push_str(&self.number().to_string());
                }
                None => out.push_str(part),
            }
        }
        out
    }

    fn word(&mut self) -> String {
        self.random.one(&self.words).clone()
    }

    fn ordinary(&mut self) {
        self.stamp();
        let (day, time) = self.time();
        let (hms, message, word) = (&time[..8], *self.random.one(MESSAGES), self.word());
        let warns = self.random.below(40) == 0;
        let (took, level) = (self.number() % 900, if warns { "WARN" } else { "INFO" });
        let (verb, code, template) = (*self.random.one(VERBS), *self.random.one(CODES), *self.random.one(PATHS));
        let path = self.filled(template);
        match self.style {
            0 => {
                let (file, template) = *self.random.one(KLOG);
                let text = self.filled(template);
                let line = self.random.below(900);
                self.line.push_str(&format!("I1120 {time}       1 {file}:{line}] {text}\n"));
            }
            1 => self.line.push_str(&format!(
                "{{\"level\":\"{}\",\"ts\":\"{day}T{time}Z\",\"logger\":\"http\",\"msg\":\"{message}\",\"method\":\"{verb}\",\"path\":\"{path}\",\"status\":{code},\"duration_ms\":{took},\"trace_id\":\"{word}\",\"user\":\"user-{}\"}}\n",
                level.to_lowercase(), took % 50
            )),
            2 => self.line.push_str(&format!(
                "time={day}T{hms}Z level={} msg=\"{message}\" component=api method={verb} path={path} status={code} took={took}ms request={word}\n",
                level.to_lowercase()
            )),
            3 => {
                let (class, thread) = (*self.random.one(CLASSES), self.random.below(32));
                self.line.push_str(&format!(
                    "{day} {}  {level} 1 --- [shop] [nio-8080-exec-{thread}] {class} : {message} {word} in {took} ms\n",
                    &time[..12]
                ));
                if self.random.below(60) == 0 {
                    self.line.push_str("com.acme.shop.order.OrderRejectedException: order was rejected by the fraud check\n");
                    for _ in 0..8 + self.random.below(20) {
                        let frame = *self.random.one(FRAMES);
                        let frame = self.filled(frame);
                        self.line.push_str(&frame);
                        self.line.push('\n');
                    }
                }
            }
            4 => {
                let client = self.random.below(200);
                let size = self.number();
                self.line.push_str(&format!(
                    "10.244.{}.{client} - - [20/Nov/2026:{hms} +0000] \"{verb} {path} HTTP/1.1\" {code} {size} \"-\" \"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36\" \"-\"\n",
                    client % 8
                ));
            }
            5 => self.line.push_str(&format!(
                "{} {hms} {message} id={word} {verb} {path} -> {code} ({took}.{:03}ms)\n",
                day.replace('-', "/"), took % 1000
            )),
            6 => {
                let line = self.random.below(400);
                self.line.push_str(&format!(
                    "{day} {hms},{:03} {level} [shop.worker.tasks:{line}] {message}: task={word} queue=default retries={}\n",
                    took, took % 3
                ));
                if self.random.below(300) == 0 {
                    self.line.push_str("Traceback (most recent call last):\n  File \"/app/shop/worker/tasks.py\", line 88, in run\n    return handler(payload)\n  File \"/app/shop/worker/handlers.py\", line 41, in handle\n    raise TaskSkipped(reason)\nshop.worker.TaskSkipped: nothing to do\n\n");
                }
            }
            _ => self.line.push_str(&format!(
                "[{day} {hms}] production.{level}: {message} {{\"id\":\"{word}\",\"ms\":{took},\"path\":\"{path}\"}}\n"
            )),
        }
    }
}
