// The left-hand side, four terms at a time.
alias Left = vec4<f32>;
const TILE_ROWS: u32 = 32u;
//: row 0..32
//: term x y z w

fn four(left: Left) -> vec4<f32> {
    return left;
}
