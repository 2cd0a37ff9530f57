// A batch of padded texts, with `lanes` items for each token.
struct Texts {
    count: u32,
    length: u32,
    lanes: u32,
}
