// A matrix product.
//: use grid, lane, left1, product, start_zero
