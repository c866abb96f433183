//! Which words of a row stand in which column.
//!
//! kubectl pads columns with blanks, but saved rows are collapsed to single blanks, tabbed, cut, wrapped, and leave cells
//! empty. So the words are dealt out to the columns in order at the least cost: a word must have its column's shape, an
//! empty cell costs, and a word that starts where its column starts is worth something. Knows no kind of object.

use super::header::Column;
use super::shape::Shape;

/// A row dealt out to columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<'l> {
    cells: Vec<Option<&'l str>>,
    /// Less is better; comparable between readings of the same line.
    pub cost: i32,
}

impl<'l> Row<'l> {
    /// The cell of the column at `index`.
    pub fn cell(&self, index: usize) -> Option<&'l str> {
        self.cells.get(index).copied().flatten()
    }

    /// How many cells are filled.
    pub fn filled(&self) -> usize {
        self.cells.iter().flatten().count()
    }
}

struct Word<'l> {
    text: &'l str,
    start: usize,
    column: usize,
    /// Blanks before it; a tab counts as many.
    gap: usize,
}

/// Words beyond this are left to the last cell.
const MAX_WORDS: usize = 90;
const EMPTY: i32 = 6;
const EMPTY_OPTIONAL: i32 = 2;
const EMPTY_AT_END: i32 = 1;
const ALIGNED: i32 = -3;

fn words(line: &str) -> Vec<Word<'_>> {
    let mut all: Vec<Word<'_>> = Vec::new();
    let mut column = 0;
    let mut seen = 0;
    let mut end = 0;
    for text in line.split_whitespace().take(MAX_WORDS) {
        let start = text.as_ptr() as usize - line.as_ptr() as usize;
        column += line[seen..start].chars().count();
        seen = start;
        let gap: usize = line[end..start].chars().map(|c| if c == '\t' { 8 } else { 1 }).sum();
        end = start + text.len();
        all.push(Word { text, start, column, gap });
    }
    all
}

/// Deals the words of `line` out to `columns`. `None` where the line cannot be a row: a word fits nowhere, or the first
/// columns stay empty.
pub fn row<'l>(line: &'l str, columns: &[Column]) -> Option<Row<'l>> {
    let words = words(line);
    let (count, width) = (words.len(), columns.len());
    if count == 0 || width == 0 || width > 40 {
        return None;
    }
    let texts: Vec<&str> = words.iter().map(|word| word.text).collect();
    let spaced = words.iter().skip(1).any(|word| word.gap > 1);
    let aligned_header = columns
        .windows(2)
        .any(|pair| pair[0].offset != usize::MAX && pair[1].offset > pair[0].offset + pair[0].name.chars().count() + 1);
    // best[t][c]: least cost of dealing the first t words to the first c columns; how many words column c-1 took.
    let index = |t: usize, c: usize| t * (width + 1) + c;
    let mut best: Vec<Option<(i32, usize)>> = vec![None; (count + 1) * (width + 1)];
    best[index(0, 0)] = Some((0, 0));
    for c in 0..width {
        let column = &columns[c];
        let empty = if column.optional { EMPTY_OPTIONAL } else { EMPTY };
        for t in 0..=count {
            let Some((cost, _)) = best[index(t, c)] else { continue };
            if c > 0 || column.optional {
                offer(&mut best[index(t, c + 1)], cost + empty, 0);
            }
            for take in 1..=column.shape.max_words().min(count - t) {
                let Some(cell) = cell_cost(&words[t..t + take], &texts[t..t + take], column, t + take == count, spaced)
                else {
                    continue;
                };
                let aligned = spaced && aligned_header && words[t].column == column.offset;
                // Two columns are never one blank apart in a table that pads.
                let tight = t > 0 && spaced && words[t].gap < 2;
                let total = cost + cell + if aligned { ALIGNED } else { 0 } + if tight { 3 } else { 0 };
                offer(&mut best[index(t + take, c + 1)], total, take);
            }
        }
    }
    // All words dealt out; columns that are left over at the end of the line cost little.
    let (mut c, cost) = (0..=width)
        .filter_map(|c| best[index(count, c)].map(|(cost, _)| (c, cost + EMPTY_AT_END * (width - c) as i32)))
        .min_by_key(|(_, cost)| *cost)?;
    let mut cells = vec![None; width];
    let mut t = count;
    while c > 0 {
        let (_, take) = best[index(t, c)]?;
        c -= 1;
        if take > 0 {
            let (first, last) = (&words[t - take], &words[t - 1]);
            let end = if t == MAX_WORDS { line.trim_end().len() } else { last.start + last.text.len() };
            cells[c] = Some(&line[first.start..end]);
            t -= take;
        }
    }
    (t == 0).then_some(Row { cells, cost })
}

fn offer(slot: &mut Option<(i32, usize)>, cost: i32, take: usize) {
    if slot.is_none_or(|(known, _)| cost < known) {
        *slot = Some((cost, take));
    }
}

fn cell_cost(words: &[Word<'_>], texts: &[&str], column: &Column, end: bool, spaced: bool) -> Option<i32> {
    if !column.shape.fits(texts, end) {
        return None;
    }
    let mut cost = match column.shape {
        Shape::Word | Shape::Text | Shape::Status => 1,
        Shape::RareWord => 2,
        // Kubernetes' names have no capitals; `Running` is no name, `ip-XXX` might be one.
        Shape::Name if texts[0].bytes().any(|b| b.is_ascii_uppercase()) => 2,
        _ => 0,
    };
    // A cell of several words has single blanks inside.
    cost += words[1..].iter().filter(|word| word.gap > 1).count() as i32 * 5;
    if column.shape == Shape::Status || column.shape == Shape::Text && !spaced {
        cost += words.len() as i32 - 1;
    }
    Some(cost)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::table::header;

    fn cells(head: &str, line: &str) -> Vec<String> {
        let columns = header::parse(head).expect("a header");
        let Some(row) = row(line, &columns) else { return Vec::new() };
        columns
            .iter()
            .enumerate()
            .filter_map(|(index, column)| row.cell(index).map(|cell| format!("{}={cell}", column.name)))
            .collect()
    }

    #[test]
    fn a_padded_row_and_a_collapsed_one_read_the_same() {
        let expected = ["NAME=web-0", "READY=0/1", "STATUS=CrashLoopBackOff", "RESTARTS=5 (31s ago)", "AGE=4m24s"];
        assert_eq!(
            cells(
                "NAME    READY   STATUS             RESTARTS      AGE",
                "web-0   0/1     CrashLoopBackOff   5 (31s ago)   4m24s"
            ),
            expected
        );
        assert_eq!(cells("NAME READY STATUS RESTARTS AGE", "web-0 0/1 CrashLoopBackOff 5 (31s ago) 4m24s"), expected);
        assert_eq!(
            cells("NAME READY STATUS RESTARTS AGE", "web-0\t0/1\tCrashLoopBackOff\t5 (31s ago)\t4m24s"),
            expected
        );
    }

    #[test]
    fn empty_cells_in_the_middle() {
        assert_eq!(
            cells(
                "NAME   STATUS    VOLUME   CAPACITY   ACCESS MODES   STORAGECLASS   AGE",
                "data   Pending                                      fast           12m"
            ),
            ["NAME=data", "STATUS=Pending", "STORAGECLASS=fast", "AGE=12m"]
        );
        assert_eq!(
            cells("NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE", "db  ClusterIP  10.0.0.4    5432/TCP  3d"),
            ["NAME=db", "TYPE=ClusterIP", "CLUSTER-IP=10.0.0.4", "PORT(S)=5432/TCP", "AGE=3d"]
        );
    }

    #[test]
    fn cells_of_several_words() {
        assert_eq!(
            cells(
                "NAME  STATUS  ROLES  AGE  VERSION  INTERNAL-IP  EXTERNAL-IP  OS-IMAGE  KERNEL-VERSION  CONTAINER-RUNTIME",
                "n1 Ready <none> 3h v1.30.4 10.0.0.2 <none> Ubuntu 24.04.1 LTS 6.8.0-49-generic containerd://1.7.20"
            )[7..],
            ["OS-IMAGE=Ubuntu 24.04.1 LTS", "KERNEL-VERSION=6.8.0-49-generic", "CONTAINER-RUNTIME=containerd://1.7.20"]
        );
        assert_eq!(
            cells("NAME SCHEDULE SUSPEND ACTIVE LAST SCHEDULE AGE", "sync   */5 * * * *   False   0   <none>   4d"),
            ["NAME=sync", "SCHEDULE=*/5 * * * *", "SUSPEND=False", "ACTIVE=0", "LAST SCHEDULE=<none>", "AGE=4d"]
        );
    }

    #[test]
    fn a_cut_row_keeps_what_is_certain() {
        assert_eq!(
            cells("NAME   READY   STATUS   RESTARTS   AGE   IP   NODE", "web-0   1/1   Running   2 (3h"),
            ["NAME=web-0", "READY=1/1", "STATUS=Running", "RESTARTS=2 (3h"]
        );
    }

    #[test]
    fn lines_that_are_no_rows() {
        for line in ["", "web-0 is crashing", "100% done 5s", "Error from server (NotFound): pods not found"] {
            assert_eq!(cells("NAME READY STATUS RESTARTS AGE", line), [""; 0], "{line}");
        }
    }
}
