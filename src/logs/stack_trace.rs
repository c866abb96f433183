//! Stack traces: which lines of a log are one trace, and which of them names the root cause.
//!
//! Works on the few lines that the scan keeps. Lines may come without the white space at their ends, as a
//! [`Place`](crate::text::Place) quotes them; blank lines may be left out.

use std::collections::BTreeMap;

use memchr::memmem;

/// Lines between two of one trace that may be missing from what was kept: blank ones.
const HOLE: u64 = 3;

/// One trace, as indices into the lines that were given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trace {
    /// Its first line.
    pub first: usize,
    /// Its last line.
    pub last: usize,
    /// The line that names the root cause: of a chain the innermost, not a wrapper and not a frame.
    pub root: usize,
}

/// What a line is in a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// The first line of a trace, which says no cause itself: `Traceback (most recent call last):`, `stack backtrace:`.
    Opening,
    /// An exception's own line: `java.lang.IllegalStateException: no handler`, `panic: no`, `Error: no`.
    Cause,
    /// The cause of the line before it: `Caused by: ...`, `[cause]: ...`, ` ---> ...`.
    Inner,
    /// An exception that was thrown beside the cause: `Suppressed: ...`, and a panic while panicking.
    Beside,
    /// PHP's `Next RuntimeException: ...`: what wraps the exception above it.
    Wrapper,
    /// A frame, or what stands between frames.
    Frame,
    /// Python: what follows is an error that the one above caused, on purpose or in its handling.
    DirectCause,
    Handling,
    /// Rust and C++: the next line holds the words.
    Announces,
}

/// How far a line of a Java exception that belongs to another is indented: `Caused by: ...`, `Suppressed: ...`. What was
/// thrown beside an exception stands further right, with its own cause.
pub fn indent_of(line: &str) -> Option<u16> {
    let at =
        ["Caused by: ", "Suppressed: "].iter().find_map(|start| memmem::find(line.as_bytes(), start.as_bytes()))?;
    let blanks = line[..at].bytes().rev().take_while(u8::is_ascii_whitespace);
    let columns: usize = blanks.map(|byte| if byte == b'\t' { 8 } else { 1 }).sum();
    u16::try_from(columns).ok().filter(|columns| *columns > 0)
}

/// The traces among lines with their numbers, in their order. A line that stands in no trace is left out.
///
/// The root is, by language: Java the last `Caused by:` that is not of a `Suppressed:` (by its indentation; where that is
/// lost, that no `Suppressed:` stands before), Node the last `[cause]:`, .NET
/// the last `--->`, Ruby the last exception, PHP the first, Go the first panic, Rust and C++ the words behind `panicked at`
/// and `what():`. Python: the first of exceptions that are each the direct cause of the next; of exceptions met while
/// handling another the last, unless the operating system raised the first.
pub fn traces(lines: &[(u64, &str)], indents: &BTreeMap<u64, u16>) -> Vec<Trace> {
    let mut all = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        match trace_at(lines, indents, at) {
            Some(trace) => {
                at = trace.last + 1;
                all.push(trace);
            }
            None => at += 1,
        }
    }
    all
}

/// The trace that begins at a line.
fn trace_at(lines: &[(u64, &str)], indents: &BTreeMap<u64, u16>, first: usize) -> Option<Trace> {
    let mut parts: Vec<(usize, Part)> = vec![(first, part(lines[first].1, None)?)];
    let mut at = first + 1;
    while at < lines.len() && lines[at].0 - lines[at - 1].0 <= HOLE {
        let before = parts.last().map(|(_, part)| *part);
        match part(lines[at].1, before) {
            // A second exception of its own, not part of a chain: another trace. Ruby lists causes that way.
            Some(Part::Cause) if !continues(before, lines[at].1, lines[first].1) => break,
            Some(part) => parts.push((at, part)),
            None => break,
        }
        at += 1;
    }
    let says = |part: Part| matches!(part, Part::Cause | Part::Inner | Part::Announces);
    let frames = parts.iter().any(|(_, part)| !says(*part));
    let chain = parts.iter().filter(|(_, part)| says(*part)).count() > 1;
    let root = root(&parts, lines, indents)?;
    (frames || chain).then(|| Trace { first, last: parts[parts.len() - 1].0, root })
}

/// Whether an exception's own line goes on with the trace above it.
fn continues(before: Option<Part>, line: &str, first: &str) -> bool {
    let expected = matches!(before, Some(Part::Opening | Part::DirectCause | Part::Handling | Part::Announces));
    // A Go program prints the panic, the signal and the goroutines; Ruby the error, its frames, and its cause likewise.
    expected
        || (before == Some(Part::Frame) && is_python_frame_block(first) && python_exception(line))
        || (before == Some(Part::Frame) && ruby_error(line) && ruby_error(first))
        || (go_panic(line) && go_panic(first))
}

fn is_python_frame_block(first: &str) -> bool {
    first.contains("Traceback (most recent call last):") || first.trim_start().starts_with("File \"")
}

fn root(parts: &[(usize, Part)], lines: &[(u64, &str)], indents: &BTreeMap<u64, u16>) -> Option<usize> {
    let of = |wanted: Part| parts.iter().filter(move |(_, part)| *part == wanted).map(|(at, _)| *at);
    if of(Part::DirectCause).next().is_some() || of(Part::Handling).next().is_some() {
        let first = of(Part::Cause).next()?;
        let handled_last = parts.iter().rev().find_map(|(_, part)| match part {
            Part::Handling => Some(true),
            Part::DirectCause => Some(false),
            _ => None,
        });
        let handled = handled_last == Some(true) && !of_operating_system(lines[first].1);
        return if handled { of(Part::Cause).next_back() } else { Some(first) };
    }
    let beside = of(Part::Beside).next();
    let indent = |at: usize| indents.get(&lines[at].0).copied().unwrap_or(0);
    let inner = match beside {
        Some(beside) if indent(beside) > 0 => of(Part::Inner).rfind(|at| indent(*at) < indent(beside)),
        Some(beside) => of(Part::Inner).rfind(|at| *at < beside).or_else(|| of(Part::Inner).next_back()),
        None => of(Part::Inner).next_back(),
    };
    if inner.is_some() {
        return inner;
    }
    if let Some(announced) = of(Part::Announces).next() {
        return Some(of(Part::Cause).find(|at| *at > announced).unwrap_or(announced));
    }
    let first = of(Part::Cause).next()?;
    if ruby_error(lines[first].1) || is_python_frame_block(lines[parts[0].0].1) {
        return of(Part::Cause).next_back();
    }
    Some(first)
}

/// What a line is, after the part before it; `None` where it belongs to no trace.
fn part(line: &str, before: Option<Part>) -> Option<Part> {
    let text = line.trim();
    if text.is_empty() {
        return before.map(|_| Part::Frame);
    }
    if before == Some(Part::Announces) {
        return Some(Part::Cause);
    }
    if before == Some(Part::Cause) && numbered(text) {
        return Some(Part::Inner);
    }
    if text.ends_with("Traceback (most recent call last):") {
        return Some(Part::Opening);
    }
    if text.starts_with("The above exception was the direct cause of the following exception") {
        return Some(Part::DirectCause);
    }
    if text.starts_with("During handling of the above exception, another exception occurred") {
        return Some(Part::Handling);
    }
    if ["Caused by: ", "[cause]: ", "---> ", "Caused by:"].iter().any(|start| text.starts_with(start)) {
        // anyhow and eyre: the words stand on the lines behind it.
        return Some(if text == "Caused by:" { Part::Announces } else { Part::Inner });
    }
    if text.starts_with("Suppressed: ") || text == "thread panicked while processing panic. aborting." {
        return Some(Part::Beside);
    }
    if text.starts_with("terminate called after throwing") || panicked(text) == Some(false) {
        return Some(Part::Announces);
    }
    if text.starts_with("Next ") && text.split([' ', ':']).nth(1).is_some_and(is_exception_name) {
        return Some(Part::Wrapper);
    }
    if is_frame(text) {
        return Some(Part::Frame);
    }
    if go_panic(text)
        || panicked(text) == Some(true)
        || ruby_error(text)
        || text.starts_with("Unhandled exception. ")
        || text.starts_with("Unhandled Exception: ")
        || text.starts_with("Exception in thread \"")
        || text.contains("PHP Fatal error: ")
        || text.starts_with("Fatal error: Uncaught ")
        || python_exception(text)
    {
        return Some(Part::Cause);
    }
    // Between frames of Python stand the lines of code, and under them marks.
    (before == Some(Part::Frame) && !starts_anew(text) && line_of_code(text)).then_some(Part::Frame)
}

/// Whether a line looks like one of source code between frames: it holds a call, an assignment or marks, and no time.
fn line_of_code(text: &str) -> bool {
    text.contains(['(', '=', '^', '~'])
        || ["raise", "return ", "yield ", "await ", "import ", "from "].iter().any(|word| text.starts_with(word))
}

/// `1: words`: the further causes of anyhow and eyre.
fn numbered(text: &str) -> bool {
    text.split_once(": ").is_some_and(|(number, _)| number.len() <= 2 && number.parse::<u8>().is_ok())
}

/// Whether a line begins like an entry of a log: with a time or a level.
fn starts_anew(text: &str) -> bool {
    super::level_of(text).is_some() || text.as_bytes()[0].is_ascii_digit() || super::time_of(text).is_some()
}

/// `panicked at 'words', src/main.rs:9:5` (the words in it: `true`) or `panicked at src/main.rs:9:5:` (`false`).
fn panicked(text: &str) -> Option<bool> {
    let (before, after) = text.split_once("panicked at ")?;
    before.starts_with("thread '").then(|| after.starts_with('\''))
}

fn go_panic(text: &str) -> bool {
    let text = text.trim_start();
    text.starts_with("panic: ")
        || text.starts_with("fatal error: ")
        || text.starts_with("runtime: goroutine stack exceeds")
}

/// `/app/main.rb:3:in 'connect': no route (PG::ConnectionBad)`, with a back-tick before Ruby 3.4.
fn ruby_error(text: &str) -> bool {
    let text = text.trim();
    text.contains(".rb:")
        && (text.contains(":in `") || text.contains(":in '"))
        && text.ends_with(')')
        && text.rsplit_once(" (").is_some_and(|(_, class)| class.starts_with(|c: char| c.is_ascii_uppercase()))
        && !text.starts_with("from ")
}

/// `ValueError: words`, `java.lang.IllegalStateException: words`, `psycopg2.OperationalError: words`, `KeyboardInterrupt`.
fn python_exception(text: &str) -> bool {
    let text = text.trim();
    // Node marks errors that a promise lost.
    let text = text.strip_prefix("Uncaught ").unwrap_or(text);
    let name: &str = match text.find([':', ' ', '[']) {
        Some(end) => &text[..end],
        None => text,
    };
    let after = &text[name.len()..];
    let shaped = after.is_empty()
        || after.starts_with(": ")
        || after == ":"
        || after.starts_with(" [")
        || after.starts_with(" ---> ");
    shaped && is_exception_name(name)
}

/// A class of exceptions by its name: `Error`, `ValueError`, `java.net.ConnectException`, `socket.gaierror`.
fn is_exception_name(name: &str) -> bool {
    const ENDS: [&str; 9] = [
        "Error",
        "Exception",
        "Throwable",
        "Interrupt",
        "Failure",
        "Fault",
        "ExceptionGroup",
        "SystemExit",
        "DoesNotExist",
    ];
    let whole = !name.is_empty()
        && name.len() < 200
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'$' | b':' | b'\\'));
    let last = name.rsplit(['.', ':', '$', '\\']).next().unwrap_or(name);
    let upper = last.starts_with(|c: char| c.is_ascii_uppercase());
    let qualified = name.len() > last.len();
    whole && (upper && ENDS.iter().any(|end| last.ends_with(end)) || qualified && last.ends_with("error"))
}

/// What the operating system says of a call: it is a cause, whatever was raised while it was handled.
fn of_operating_system(line: &str) -> bool {
    let names = [
        "ConnectionRefusedError",
        "ConnectionResetError",
        "FileNotFoundError",
        "PermissionError",
        "TimeoutError",
        "BrokenPipeError",
        "socket.",
        "OSError",
        "IOError",
    ];
    let text = line.trim();
    text.contains("[Errno ") || names.iter().any(|name| text.starts_with(name))
}

/// A frame of any of the languages, or a line that only stands in traces.
fn is_frame(text: &str) -> bool {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    // Java, Node, .NET; Ruby's are `from /app/main.rb:3:in 'connect'`.
    if let Some(rest) = text.strip_prefix("at ") {
        return rest.contains(['(', ':', '/']) || rest.contains(" in ");
    }
    if text.starts_with("from ") && text.contains(":in ") || (text.starts_with("... ") && text.ends_with(" more")) {
        return true;
    }
    // Python, PHP, Rust.
    if (text.starts_with("File \"") && text.contains(", line "))
        || text.chars().all(|c| matches!(c, '^' | '~' | ' '))
        || (text.starts_with('#') && text[1..].starts_with(|c: char| c.is_ascii_digit()))
    {
        return true;
    }
    let leading = digits(text);
    if (1..=4).contains(&leading) && (text[leading..].starts_with(": ") && text.contains("::")) {
        return true;
    }
    // Go.
    if text.starts_with("goroutine ") && text.contains('[')
        || text.starts_with("[signal ")
        || text.starts_with("created by ")
        || text.starts_with("exit status ")
        || text.contains(".go:") && (text.starts_with('/') || text.contains(" +0x"))
        || text.ends_with(')') && (text.contains("(0x") || text.contains("({0x"))
        || text.ends_with("(...)") && !text.contains(' ')
        || text.ends_with("()") && text.contains('.') && !text.contains(' ')
    {
        return true;
    }
    const OTHERS: [&str; 10] = [
        "stack backtrace:",
        "Stack trace:",
        "note: run with `RUST_BACKTRACE",
        "note: Some details are omitted",
        "--- End of ",
        "thrown in ",
        "Node.js v",
        "errno: ",
        "syscall: ",
        "code: '",
    ];
    OTHERS.iter().any(|start| text.starts_with(start)) || text == "}" || text == "{"
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The root lines of the traces of a log, as the scan keeps it: without blank lines and without white space at the ends.
    fn roots(log: &str) -> Vec<String> {
        let lines: Vec<(u64, &str)> =
            (1..).zip(log.lines().map(str::trim)).filter(|(_, line)| !line.is_empty()).collect();
        let indents = (1..).zip(log.lines()).filter_map(|(n, line)| Some((n, indent_of(line)?))).collect();
        traces(&lines, &indents).iter().map(|trace| lines[trace.root].1.to_string()).collect()
    }

    #[test]
    fn java_innermost_cause() {
        let log = "2026-11-25 19:03:11 ERROR o.s.b.SpringApplication - Application run failed
org.springframework.beans.factory.BeanCreationException: Error creating bean 'db'
\tat org.springframework.Factory.create(Factory.java:10)
\tat shop.Main.main(Main.java:3)
Caused by: java.lang.IllegalStateException: pool failed
\tat shop.Pool.open(Pool.java:8)
\t... 23 more
Caused by: java.net.UnknownHostException: orders-db
\tat java.net.InetAddress.resolve(InetAddress.java:90)
\t... 41 more
2026-11-25 19:03:12 INFO shutting down";
        assert_eq!(roots(log), ["Caused by: java.net.UnknownHostException: orders-db"]);
        let thrown_beside = "Exception in thread \"main\" java.lang.RuntimeException: outer
\tat shop.Main.main(Main.java:3)
Caused by: java.io.IOException: disk
\tat shop.Main.save(Main.java:9)
\tSuppressed: java.io.IOException: close
\t\tat shop.Main.close(Main.java:12)
\tCaused by: java.io.IOException: closed twice";
        assert_eq!(roots(thrown_beside), ["Caused by: java.io.IOException: disk"]);
        // Java prints what was thrown beside before the cause: only its indentation tells whose cause a line is.
        let with_own_cause = "java.lang.RuntimeException: outer
\tat shop.Main.main(Main.java:3)
\tSuppressed: java.io.IOException: close
\t\tat shop.Main.close(Main.java:12)
\tCaused by: java.io.IOException: closed twice
\t\t... 2 more";
        assert_eq!(roots(with_own_cause), ["java.lang.RuntimeException: outer"]);
        let both = format!("{with_own_cause}\nCaused by: java.io.IOException: disk\n\tat shop.Main.save(Main.java:9)");
        assert_eq!(roots(&both), ["Caused by: java.io.IOException: disk"]);
        let in_the_middle = "java.lang.RuntimeException: outer
\tat shop.Main.main(Main.java:3)
Caused by: java.io.IOException: disk
\tat shop.Main.save(Main.java:9)
\tSuppressed: java.io.IOException: close
\t\tat shop.Main.close(Main.java:12)
\tCaused by: java.io.IOException: closed twice
Caused by: java.io.IOException: No space left on device
\tat shop.Main.write(Main.java:4)";
        assert_eq!(roots(in_the_middle), ["Caused by: java.io.IOException: No space left on device"]);
    }

    #[test]
    fn a_trace_whose_start_was_not_kept() {
        let log = "\tat shop.A.b(A.java:1)\n\tat shop.A.c(A.java:2)\nCaused by: java.lang.Error: bad\n\tat shop.A.d(A.java:3)";
        assert_eq!(roots(log), ["Caused by: java.lang.Error: bad"]);
    }

    #[test]
    fn two_exceptions_are_two_traces() {
        let log = "java.lang.Error: one\n\tat a.B.c(B.java:1)\njava.lang.Error: two\n\tat a.B.c(B.java:1)";
        assert_eq!(roots(log), ["java.lang.Error: one", "java.lang.Error: two"]);
    }

    #[test]
    fn python_chains() {
        let one = "Traceback (most recent call last):
  File \"/app/main.py\", line 8, in <module>
    start(port=os.environ[\"PORT\"])
          ~~~~~~~~~~^^^^^^^^
  File \"<frozen os>\", line 685, in __getitem__
KeyError: 'PORT'";
        assert_eq!(roots(one), ["KeyError: 'PORT'"]);
        let direct = format!(
            "{one}\n\nThe above exception was the direct cause of the following exception:\n\nTraceback (most recent call last):\n  File \"/app/main.py\", line 9, in <module>\n    raise RuntimeError(\"no\") from e\nRuntimeError: no"
        );
        assert_eq!(roots(&direct), ["KeyError: 'PORT'"]);
        let handling = direct.replace(
            "The above exception was the direct cause of the following exception:",
            "During handling of the above exception, another exception occurred:",
        );
        assert_eq!(roots(&handling), ["RuntimeError: no"]);
        let of_system = handling.replace("KeyError: 'PORT'", "ConnectionRefusedError: [Errno 111] Connection refused");
        assert_eq!(roots(&of_system), ["ConnectionRefusedError: [Errno 111] Connection refused"]);
    }

    #[test]
    fn go_panics() {
        let log = "panic: no leader [recovered]
\tpanic: no leader

goroutine 1 [running]:
main.(*Server).start(0xc00001c0a8, 0x3)
\t/src/main.go:17 +0x1d
main.main()
\t/src/main.go:5 +0x25
exit status 2";
        assert_eq!(roots(log), ["panic: no leader [recovered]"]);
        assert_eq!(
            roots("fatal error: all goroutines are asleep - deadlock!\n\ngoroutine 1 [chan receive]:\nmain.main()"),
            ["fatal error: all goroutines are asleep - deadlock!"]
        );
    }

    #[test]
    fn node_and_its_cause() {
        let log = "/app/server.js:12
    throw new Error('cannot start', { cause })
    ^

Error: cannot start
    at main (/app/server.js:12:11)
    at node:internal/main/run_main_module:28:49 {
  [cause]: TypeError: fetch failed
      at fetch (node:internal/deps/undici:1:2) {
    [cause]: Error: getaddrinfo ENOTFOUND orders-db
        at lookup (node:dns:1:2) {
      errno: -3008,
      code: 'ENOTFOUND',
      syscall: 'getaddrinfo',
    }
  }
}

Node.js v20.11.0";
        assert_eq!(roots(log), ["[cause]: Error: getaddrinfo ENOTFOUND orders-db"]);
    }

    #[test]
    fn dotnet_inner_exception() {
        let log = "Unhandled exception. System.AggregateException: One or more errors occurred. (no route)
 ---> System.Net.Http.HttpRequestException: no route
 ---> System.Net.Sockets.SocketException (113): No route to host
   at System.Net.Sockets.Socket.Connect(String host)
   --- End of inner exception stack trace ---
   at Shop.Program.Main(String[] args) in /src/Program.cs:line 9";
        assert_eq!(roots(log), ["---> System.Net.Sockets.SocketException (113): No route to host"]);
    }

    #[test]
    fn ruby_prints_the_cause_last_and_php_first() {
        let ruby = "/app/boot.rb:9:in `rescue in connect': boot failed (RuntimeError)
\tfrom /app/boot.rb:5:in `connect'
\tfrom /app/boot.rb:14:in `<main>'
/app/boot.rb:6:in `open': Connection refused - connect(2) (Errno::ECONNREFUSED)
\tfrom /app/boot.rb:6:in `connect'";
        assert_eq!(roots(ruby), ["/app/boot.rb:6:in `open': Connection refused - connect(2) (Errno::ECONNREFUSED)"]);
        let php = "PHP Fatal error:  Uncaught PDOException: could not find driver in /app/db.php:3
Stack trace:
#0 /app/db.php(3): PDO->__construct('pgsql:host=db')
#1 {main}

Next RuntimeException: no database in /app/db.php:5
Stack trace:
#0 {main}
  thrown in /app/db.php on line 5";
        assert_eq!(roots(php), ["PHP Fatal error:  Uncaught PDOException: could not find driver in /app/db.php:3"]);
    }

    #[test]
    fn rust_and_cpp_say_the_words_on_the_next_line() {
        let rust = "thread 'main' panicked at src/main.rs:9:5:
no leader in group shop
stack backtrace:
   0: std::panicking::begin_panic
             at /rustc/library/std/src/panicking.rs:6:5
   1: shop::main
note: run with `RUST_BACKTRACE=full` environment variable to display a backtrace";
        assert_eq!(roots(rust), ["no leader in group shop"]);
        assert_eq!(
            roots("thread 'main' panicked at 'no leader', src/main.rs:9:5\nnote: run with `RUST_BACKTRACE=1`"),
            ["thread 'main' panicked at 'no leader', src/main.rs:9:5"]
        );
        assert_eq!(
            roots(
                "Error: cannot start\n\nCaused by:\n    0: cannot read config\n    1: No such file or directory (os error 2)"
            ),
            ["1: No such file or directory (os error 2)"]
        );
        assert_eq!(
            roots("terminate called after throwing an instance of 'std::runtime_error'\n  what():  no leader\nAborted"),
            ["what():  no leader"]
        );
    }

    #[test]
    fn ordinary_lines_are_no_trace() {
        let log = "2026-11-25 19:03:11 INFO looking at (3) things\nError: no leader\n2026-11-25 19:03:12 ERROR still none\n{\"level\":\"info\"}\nat noon: lunch";
        assert!(roots(log).is_empty());
        assert!(traces(&[], &BTreeMap::new()).is_empty());
    }
}
