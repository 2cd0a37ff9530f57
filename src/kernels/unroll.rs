//! Repeated lines of a WGSL text, written once. A tile that is to stay in registers needs a variable for each entry,
//! because an array of them goes to memory.
//!
//! A line `//: row 0..32` or `//: term x y z` lists values. What stands between `//: each row` and its `//: end` is repeated for
//! each, with the value for `$row`.

/// The text without such lines.
pub(super) fn unrolled(text: &str) -> String {
    let mut lists: Vec<(&str, Vec<String>)> = Vec::new();
    // the text so far, and of each block within it that is open
    let mut open: Vec<(&str, String)> = vec![("", String::new())];
    for line in text.lines() {
        let words: Vec<&str> =
            line.trim().strip_prefix("//:").map_or(Vec::new(), |rest| rest.split_whitespace().collect());
        match words[..] {
            [] => {
                let (_, block) = open.last_mut().expect("the text itself is always open");
                block.push_str(line);
                block.push('\n');
            }
            ["each", name] => open.push((name, String::new())),
            ["end"] => {
                let (name, block) = open.pop().expect("an end has its each");
                let (_, values) =
                    lists.iter().find(|(list, _)| *list == name).expect("a list stands before its use");
                let (_, outer) = open.last_mut().expect("an end has its each");
                for value in values {
                    outer.push_str(&block.replace(&format!("${name}"), value));
                }
            }
            [name, ref values @ ..] => lists.push((name, listed(values))),
        }
    }
    assert_eq!(open.len(), 1, "an each has its end");
    open.swap_remove(0).1
}

fn listed(values: &[&str]) -> Vec<String> {
    let range = |value: &&str| {
        let (from, to) = value.split_once("..")?;
        Some(from.parse::<usize>().ok()?..to.parse::<usize>().ok()?)
    };
    match values {
        [value] if range(value).is_some() => {
            range(value).into_iter().flatten().map(|i| i.to_string()).collect()
        }
        _ => values.iter().map(ToString::to_string).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::unrolled;

    #[test]
    fn blocks_are_repeated_for_each_value_also_within_each_other() {
        let text = "//: row 0..2\n//: term x y\nstart\n//: each row\nlet a$row;\n//: each term\nb$row_$term\n//: end\n//: end\nend";
        assert_eq!(unrolled(text), "start\nlet a0;\nb0_x\nb0_y\nlet a1;\nb1_x\nb1_y\nend\n");
        assert_eq!(unrolled("// no block\n"), "// no block\n");
    }

    #[test]
    #[should_panic(expected = "an each has its end")]
    fn an_open_block_is_an_error() {
        unrolled("//: row 0..2\n//: each row\n");
    }
}
