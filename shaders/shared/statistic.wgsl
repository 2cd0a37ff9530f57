struct Accumulate {
    count: u32,    // items of Lane
    fresh: u32,    // 1: the statistic starts anew
    columns: u32,  // columns of the paper's matrix
    stride: u32,   // entries of one column
}

// What one step adds (the paper's released code divides squared gradients by 1000).
fn evidence(gradient: Lane) -> Lane {
    return gradient * gradient / 1000.0;
}
