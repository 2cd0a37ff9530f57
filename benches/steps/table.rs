//! Prints a table that is readable in the terminal and valid Markdown.

/// Prints a table. The first column is text, the others are numbers.
pub fn print(title: &str, head: &[&str], rows: &[Vec<String>]) {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([head[column].chars().count()]).max().unwrap_or(0)
    };
    let line = |cells: &[&str]| {
        let cell = |(column, cell): (usize, &&str)| match column {
            0 => format!("{cell:<0$}", width(column)),
            _ => format!("{cell:>0$}", width(column)),
        };
        let cells: Vec<String> = cells.iter().enumerate().map(cell).collect();
        println!("| {} |", cells.join(" | "));
    };
    println!("\n{title}\n");
    line(head);
    let rules: Vec<String> =
        (0..head.len())
            .map(|column| {
                if column == 0 { "-".repeat(width(0)) } else { format!("{}:", "-".repeat(width(column) - 1)) }
            })
            .collect();
    line(&rules.iter().map(String::as_str).collect::<Vec<_>>());
    for row in rows {
        line(&row.iter().map(String::as_str).collect::<Vec<_>>());
    }
}

pub fn milliseconds(seconds: f64) -> String {
    format!("{:.1}", seconds * 1e3)
}

pub fn ratio(value: f64) -> String {
    format!("{value:.3}")
}
