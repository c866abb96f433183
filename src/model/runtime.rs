//! Containers as the container runtime of a node lists them.

use crate::text::{Place, SectionId};

/// A row of `crictl ps -a` or `docker ps -a`: one run of a container.
#[derive(Debug, Clone, PartialEq)]
pub struct RuntimeContainer {
    /// The output it stands in.
    pub section: SectionId,
    /// The container's id, as far as it is printed.
    pub id: String,
    /// The row is one of `docker ps`, or of `nerdctl ps`.
    pub is_dockers: bool,
    /// The id of its pod's sandbox, as far as it is printed: POD ID.
    pub sandbox: Option<String>,
    /// The pod's namespace, where the table has it.
    pub namespace: Option<String>,
    /// The pod, where the table has it.
    pub pod: Option<String>,
    /// The container's name in its pod; of a container of no pod its own.
    pub name: String,
    /// How often the container had been restarted when this run began; `None` where the table does not count.
    pub attempt: Option<u64>,
    /// Whether it runs.
    pub runs: bool,
    /// The code that it ended with, which `crictl` does not print.
    pub exit_code: Option<i64>,
    /// CREATED, seconds before the table was printed. The runtime rounds it.
    pub created: Option<i64>,
    /// The row.
    pub place: Place,
}

/// A row of `crictl pods`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sandbox {
    /// POD ID, as far as it is printed.
    pub id: String,
    /// The pod's namespace.
    pub namespace: Option<String>,
    /// The pod's name.
    pub pod: String,
}
