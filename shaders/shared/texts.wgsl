// A batch of padded texts, `lanes` items of each token.
struct Texts {
    count: u32,
    length: u32,
    lanes: u32,
}
