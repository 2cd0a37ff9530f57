//: use lane

struct Accumulate {
    count: u32,    // items of Lane
    fresh: u32,    // 1: the statistic starts from zero
    columns: u32,  // columns of the paper's matrix
    stride: u32,   // entries of one column
}

// The term that one step adds (the paper's released code divides squared gradients by 1000).
fn evidence(gradient: Lane) -> Lane {
    return gradient * gradient / 1000.0;
}
