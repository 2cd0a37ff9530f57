// A matrix product plus a bias for each column.
//: use grid, lane, left1, product, start_bias
