// The left-hand side, one term at a time.
alias Left = f32;
const TILE_ROWS: u32 = 8u;
//: row 0..8
//: term x

fn four(left: Left) -> vec4<f32> {
    return vec4<f32>(left);
}
