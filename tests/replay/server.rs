//! The socket: HTTP/1.1 on the loopback interface, a thread a connection.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;

use super::answer::{self, Answer, Request};
use super::cluster::Cluster;
use super::faults::Fault;

/// No head of kubectl's is longer.
const LONGEST_HEAD: usize = 64 * 1024;
/// Nor is a body: access reviews are small.
const LONGEST_BODY: usize = 1024 * 1024;

#[derive(Debug)]
struct Shared {
    cluster: Cluster,
    faults: Vec<Fault>,
    requests: Mutex<Vec<Request>>,
}

/// A running server. It serves until the process ends; dropped, it takes no new connection.
#[derive(Debug)]
pub struct Server {
    shared: Arc<Shared>,
    address: SocketAddr,
    home: tempfile::TempDir,
}

impl Server {
    /// Serves a cluster on a free port of the loopback interface.
    pub fn start(cluster: Cluster, faults: &[&str]) -> Server {
        Server::on_port(cluster, faults, 0).expect("a free port")
    }

    /// Serves a cluster on a port of the loopback interface.
    pub fn on_port(cluster: Cluster, faults: &[&str], port: u16) -> io::Result<Server> {
        let faults = faults.iter().map(|fault| Fault::parse(fault).unwrap_or_else(|wrong| panic!("{wrong}"))).collect();
        let listener = TcpListener::bind(("127.0.0.1", port))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared { cluster, faults, requests: Mutex::default() });
        let for_thread = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (Ok(stream), shared) = (stream, Arc::clone(&for_thread)) else { continue };
                thread::spawn(move || {
                    // A client that goes away is its own affair.
                    let _ = serve(&stream, &shared);
                    let _ = stream.shutdown(Shutdown::Both);
                });
            }
        });
        let home = tempfile::tempdir()?;
        let server = Server { shared, address, home };
        server.write_kubeconfig(&server.kubeconfig())?;
        Ok(server)
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The cluster that is served.
    pub fn cluster(&self) -> &Cluster {
        &self.shared.cluster
    }

    /// A folder of this server alone; kubectl's home.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// The kubeconfig that points here.
    pub fn kubeconfig(&self) -> PathBuf {
        self.home.path().join("kubeconfig")
    }

    /// Writes a kubeconfig that points here.
    pub fn write_kubeconfig(&self, path: &Path) -> io::Result<()> {
        let url = self.url();
        std::fs::write(
            path,
            format!(
                "apiVersion: v1\nkind: Config\ncurrent-context: replay\nclusters:\n- name: replay\n  cluster: {{server: '{url}'}}\n\
                 contexts:\n- name: replay\n  context: {{cluster: replay, user: reader}}\nusers:\n- name: reader\n  user: {{token: reader}}\n"
            ),
        )
    }

    /// What was asked so far, in order.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().expect("no poison").clone()
    }

    /// Forgets what was asked so far.
    pub fn forget_requests(&self) {
        self.shared.requests.lock().expect("no poison").clear();
    }
}

fn serve(stream: &TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    while let Some(mut request) = read_request(&mut reader)? {
        let answer = answer::answer(&shared.cluster, &shared.faults, &request);
        request.status = answer.status;
        shared.requests.lock().expect("no poison").push(request);
        thread::sleep(answer.delay);
        if !write_answer(stream, &answer)? {
            break;
        }
    }
    Ok(())
}

/// The next request of a connection; `None` at its end.
fn read_request(reader: &mut impl BufRead) -> io::Result<Option<Request>> {
    let bad = |what: String| io::Error::new(io::ErrorKind::InvalidData, what);
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let before = head.len();
        reader.by_ref().take(LONGEST_HEAD as u64).read_until(b'\n', &mut head)?;
        if head.len() == before {
            return Ok(None);
        }
        if head.len() > LONGEST_HEAD {
            return Err(bad("a head without end".into()));
        }
    }
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut parsed = httparse::Request::new(&mut headers);
    parsed.parse(&head).map_err(|error| bad(error.to_string()))?;
    let header = |name: &str| {
        let all = parsed.headers.iter().filter(|header| header.name.eq_ignore_ascii_case(name));
        all.map(|header| String::from_utf8_lossy(header.value).into_owned()).collect::<Vec<_>>().join(",")
    };
    let length: usize = header("Content-Length").parse().unwrap_or(0);
    if length > LONGEST_BODY {
        return Err(bad("a body without end".into()));
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let (method, path) = (parsed.method.unwrap_or_default(), parsed.path.unwrap_or_default());
    Ok(Some(Request::new(method, path, &header("Accept"), &header("User-Agent"), body)))
}

/// Writes an answer; false where it was cut and the connection has to end.
fn write_answer(mut stream: &TcpStream, answer: &Answer) -> io::Result<bool> {
    if answer.cut == Some(None) {
        return Ok(false);
    }
    let mut out = format!("HTTP/1.1 {} {}\r\nContent-Type: {}\r\n", answer.status, phrase(answer.status), answer.kind);
    for (name, value) in &answer.headers {
        out.push_str(&format!("{name}: {value}\r\n"));
    }
    let end = answer.cut.flatten().unwrap_or(usize::MAX).min(answer.body.len());
    let cut = end < answer.body.len();
    let mut out = if answer.chunked {
        out.push_str("Transfer-Encoding: chunked\r\n\r\n");
        let mut out = out.into_bytes();
        if end > 0 {
            out.extend(format!("{end:x}\r\n").as_bytes());
            out.extend(&answer.body[..end]);
            out.extend(b"\r\n");
        }
        out
    } else {
        out.push_str(&format!("Content-Length: {}\r\n\r\n", answer.body.len()));
        let mut out = out.into_bytes();
        out.extend(&answer.body[..end]);
        out
    };
    if answer.chunked && !cut {
        out.extend(b"0\r\n\r\n");
    }
    stream.write_all(&out)?;
    Ok(!cut)
}

fn phrase(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        410 => "Gone",
        415 => "Unsupported Media Type",
        429 => "Too Many Requests",
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    }
}
