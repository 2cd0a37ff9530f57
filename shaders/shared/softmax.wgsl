struct Rows {
    count: u32,          // rows, each of a query
    lanes: u32,          // of a row, each entry of a key
    rows_of_batch: u32,  // rows that share a bias
    scale: f32,          // what scores are multiplied by
}
