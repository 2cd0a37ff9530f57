// A matrix product plus a bias for each column, four terms at a time.
//: use grid, lane, left4, product, start_bias
