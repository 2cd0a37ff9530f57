// A matrix product, four terms at a time.
//: use grid, lane, left4, product, start_zero
