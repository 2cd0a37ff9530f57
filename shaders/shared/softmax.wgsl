struct Rows {
    count: u32,          // rows, one for each query
    lanes: u32,          // items of a row, which has an entry for each key
    rows_of_batch: u32,  // rows that share a bias
    scale: f32,          // factor on the scores
}
