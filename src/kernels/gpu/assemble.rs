//! Assembles a shader's text. A line that begins with `//:` is an instruction.
//!
//! - `//: use norm, adamw`: the text needs these files of `shaders/shared/`. They precede it in this order, each once
//!   and after the files that it uses itself. `lane` stands for `lane1` or `lane4`, depending on the width of the text.
//! - `//: row 0..32` or `//: term x y z` names a list of values.
//! - `//: each row` and its `//: end` enclose lines that are repeated for each value of the list, with the value in
//!   place of `$row`. A tile that must stay in registers needs a variable for each entry, because compilers put an
//!   array in memory.

/// The files of `shaders/shared/`.
macro_rules! parts {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../shaders/shared/", $name, ".wgsl")))),*]
    };
}

static PARTS: &[(&str, &str)] = parts![
    "adamw",
    "gelu",
    "grid",
    "lane1",
    "lane4",
    "layer_norm",
    "left1",
    "left4",
    "norm",
    "philox",
    "product",
    "selection",
    "softmax",
    "start_bias",
    "start_zero",
    "statistic",
    "texts",
];

/// Returns the whole text of the file `name` with this body, in lanes of `width` floats.
///
/// # Panics
/// If the file, or one that it uses, names a part that does not exist.
pub(super) fn assemble(name: &str, body: &str, width: usize) -> String {
    let mut text = String::new();
    add(name, body, width, &mut Vec::new(), &mut text);
    unrolled(&text)
}

/// Adds the parts that the file `name` uses and that are not `there` yet, then its body.
fn add(name: &str, body: &str, width: usize, there: &mut Vec<&'static str>, text: &mut String) {
    for used in used(body) {
        let used = match (used, width) {
            ("lane", 4) => "lane4",
            ("lane", _) => "lane1",
            _ => used,
        };
        let Some((part, body)) = PARTS.iter().find(|(part, _)| *part == used) else {
            panic!("{name}.wgsl uses \"{used}\", which is not in PARTS of src/kernels/gpu/assemble.rs");
        };
        if !there.contains(part) {
            there.push(part);
            add(part, body, width, there, text);
        }
    }
    text.push_str(body);
    text.push('\n');
}

/// The parts that a text names in its `use` lines.
pub(super) fn used(text: &str) -> impl Iterator<Item = &str> {
    let names = |line| instruction(line)?.strip_prefix("use ");
    text.lines().filter_map(names).flat_map(|names| names.split(',').map(str::trim))
}

/// The instruction on this line, if there is one.
fn instruction(line: &str) -> Option<&str> {
    Some(line.trim().strip_prefix("//:")?.trim())
}

/// Removes the instructions and repeats the blocks.
fn unrolled(text: &str) -> String {
    let mut lists: Vec<(&str, Vec<String>)> = Vec::new();
    // the text so far, then the text of each open block, each with the name of its list
    let mut open: Vec<(&str, String)> = vec![("", String::new())];
    for line in text.lines() {
        let words: Vec<&str> = instruction(line).map_or(Vec::new(), |line| line.split_whitespace().collect());
        match words[..] {
            [] => {
                let (_, block) = open.last_mut().expect("the text itself is always open");
                block.push_str(line);
                block.push('\n');
            }
            ["use", ..] => {}
            ["each", name] => open.push((name, String::new())),
            ["end"] => {
                let (name, block) = open.pop().expect("an end has its each");
                let (_, values) = lists
                    .iter()
                    .find(|(list, _)| *list == name)
                    .unwrap_or_else(|| panic!("no list \"{name}\" stands before its use"));
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
    use super::*;

    #[test]
    fn parts_come_once_and_after_the_parts_that_they_use() {
        let text = assemble("mine", "//: use grid, lane, gelu\n//: use lane\nfn mine() {}", 4);
        let places = ["const WORKGROUP", "alias Lane = vec4<f32>;", "fn normal_cdf", "fn mine() {}"]
            .map(|line| text.find(line).unwrap_or_else(|| panic!("no {line} in {text}")));
        assert!(places.is_sorted(), "{text}");
        assert_eq!(text.matches("alias Lane").count(), 1);
        assert!(!text.contains("//:"));
        assert!(assemble("mine", "//: use gelu", 1).contains("alias Lane = f32;"));
        assert_eq!(assemble("mine", "fn mine() {}", 1), "fn mine() {}\n");
    }

    #[test]
    #[should_panic(expected = "adamw.wgsl uses \"nrom\", which is not in PARTS")]
    fn a_part_that_does_not_exist_is_named() {
        assemble("adamw", "//: use grid, nrom", 1);
    }

    #[test]
    fn every_shared_file_is_listed_and_used() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/shaders/shared");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap().replace(".wgsl", ""))
            .collect();
        files.sort();
        assert_eq!(files, PARTS.iter().map(|(name, _)| *name).collect::<Vec<_>>());
        let texts: Vec<String> = crate::kernels::shaders()
            .flat_map(|shader| shader.widths().iter().map(|width| shader.text(*width)))
            .collect();
        for (name, body) in PARTS {
            let last = body.lines().rev().find(|line| line.len() > 1 && !line.contains("//:"));
            let last = last.unwrap_or_else(|| panic!("{name}.wgsl has only instructions"));
            assert!(texts.iter().any(|text| text.contains(last)), "no shader uses {name}.wgsl");
        }
    }

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
