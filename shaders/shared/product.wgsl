// A tile of 8 rows and 4 lanes of a matrix product in each invocation, kept in registers: no workgroup memory and no barrier,
// which cost an emulated GPU more than the arithmetic between them. Each entry is summed in the order of its terms.
struct Product {
    rows: u32,
    lanes: u32,               // of a row of the result
    terms: u32,               // of each sum
    heads: u32,               // matrices of a batch entry
    left: vec4<u32>,          // entries from one batch, head, row and term to the next
    right: vec3<u32>,         // lanes from one batch, head and term to the next
    groups: u32,              // workgroups side by side over a row
    result: vec3<u32>,        // lanes from one batch, head and row to the next
    batches: u32,
}

const TILE_ROWS: u32 = 8u;
const TILE_LANES: u32 = 4u;
const GROUP: u32 = 8u;

@compute @workgroup_size(8)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
    @builtin(num_workgroups) grid: vec3<u32>,
) {
    let group = flat_group(id, grid);
    let tiles = (product.rows + TILE_ROWS - 1u) / TILE_ROWS;
    let lane = ((group % product.groups) * GROUP + local) * TILE_LANES;
    let row = (group / product.groups) % tiles * TILE_ROWS;
    let matrix = group / product.groups / tiles;
    let place = vec2<u32>(matrix / product.heads, matrix % product.heads);
    if (lane >= product.lanes || place.x >= product.batches) {
        return;
    }
    // beyond the last row and lane the last is taken again, and not written
    let left_start = place.x * product.left.x + place.y * product.left.y;
    var i0 = left_start + min(row + 0u, product.rows - 1u) * product.left.z;
    var i1 = left_start + min(row + 1u, product.rows - 1u) * product.left.z;
    var i2 = left_start + min(row + 2u, product.rows - 1u) * product.left.z;
    var i3 = left_start + min(row + 3u, product.rows - 1u) * product.left.z;
    var i4 = left_start + min(row + 4u, product.rows - 1u) * product.left.z;
    var i5 = left_start + min(row + 5u, product.rows - 1u) * product.left.z;
    var i6 = left_start + min(row + 6u, product.rows - 1u) * product.left.z;
    var i7 = left_start + min(row + 7u, product.rows - 1u) * product.left.z;
    let right_start = place.x * product.right.x + place.y * product.right.y;
    var j0 = right_start + min(lane + 0u, product.lanes - 1u);
    var j1 = right_start + min(lane + 1u, product.lanes - 1u);
    var j2 = right_start + min(lane + 2u, product.lanes - 1u);
    var j3 = right_start + min(lane + 3u, product.lanes - 1u);
    let s0 = start(min(lane + 0u, product.lanes - 1u));
    let s1 = start(min(lane + 1u, product.lanes - 1u));
    let s2 = start(min(lane + 2u, product.lanes - 1u));
    let s3 = start(min(lane + 3u, product.lanes - 1u));
    var c00 = s0; var c01 = s1; var c02 = s2; var c03 = s3;
    var c10 = s0; var c11 = s1; var c12 = s2; var c13 = s3;
    var c20 = s0; var c21 = s1; var c22 = s2; var c23 = s3;
    var c30 = s0; var c31 = s1; var c32 = s2; var c33 = s3;
    var c40 = s0; var c41 = s1; var c42 = s2; var c43 = s3;
    var c50 = s0; var c51 = s1; var c52 = s2; var c53 = s3;
    var c60 = s0; var c61 = s1; var c62 = s2; var c63 = s3;
    var c70 = s0; var c71 = s1; var c72 = s2; var c73 = s3;
    for (var term = 0u; term < product.terms; term++) {
        let r0 = right[j0];
        let r1 = right[j1];
        let r2 = right[j2];
        let r3 = right[j3];
        let l0 = Lane(left[i0]);
        c00 = fma(l0, r0, c00);
        c01 = fma(l0, r1, c01);
        c02 = fma(l0, r2, c02);
        c03 = fma(l0, r3, c03);
        let l1 = Lane(left[i1]);
        c10 = fma(l1, r0, c10);
        c11 = fma(l1, r1, c11);
        c12 = fma(l1, r2, c12);
        c13 = fma(l1, r3, c13);
        let l2 = Lane(left[i2]);
        c20 = fma(l2, r0, c20);
        c21 = fma(l2, r1, c21);
        c22 = fma(l2, r2, c22);
        c23 = fma(l2, r3, c23);
        let l3 = Lane(left[i3]);
        c30 = fma(l3, r0, c30);
        c31 = fma(l3, r1, c31);
        c32 = fma(l3, r2, c32);
        c33 = fma(l3, r3, c33);
        let l4 = Lane(left[i4]);
        c40 = fma(l4, r0, c40);
        c41 = fma(l4, r1, c41);
        c42 = fma(l4, r2, c42);
        c43 = fma(l4, r3, c43);
        let l5 = Lane(left[i5]);
        c50 = fma(l5, r0, c50);
        c51 = fma(l5, r1, c51);
        c52 = fma(l5, r2, c52);
        c53 = fma(l5, r3, c53);
        let l6 = Lane(left[i6]);
        c60 = fma(l6, r0, c60);
        c61 = fma(l6, r1, c61);
        c62 = fma(l6, r2, c62);
        c63 = fma(l6, r3, c63);
        let l7 = Lane(left[i7]);
        c70 = fma(l7, r0, c70);
        c71 = fma(l7, r1, c71);
        c72 = fma(l7, r2, c72);
        c73 = fma(l7, r3, c73);
        i0 += product.left.w;
        i1 += product.left.w;
        i2 += product.left.w;
        i3 += product.left.w;
        i4 += product.left.w;
        i5 += product.left.w;
        i6 += product.left.w;
        i7 += product.left.w;
        j0 += product.right.z;
        j1 += product.right.z;
        j2 += product.right.z;
        j3 += product.right.z;
    }
    let result_start = place.x * product.result.x + place.y * product.result.y + lane;
    write(row + 0u, result_start, product.lanes - lane, c00, c01, c02, c03);
    write(row + 1u, result_start, product.lanes - lane, c10, c11, c12, c13);
    write(row + 2u, result_start, product.lanes - lane, c20, c21, c22, c23);
    write(row + 3u, result_start, product.lanes - lane, c30, c31, c32, c33);
    write(row + 4u, result_start, product.lanes - lane, c40, c41, c42, c43);
    write(row + 5u, result_start, product.lanes - lane, c50, c51, c52, c53);
    write(row + 6u, result_start, product.lanes - lane, c60, c61, c62, c63);
    write(row + 7u, result_start, product.lanes - lane, c70, c71, c72, c73);
}

fn write(row: u32, start: u32, count: u32, a: Lane, b: Lane, c: Lane, d: Lane) {
    if (row >= product.rows) {
        return;
    }
    let at = start + row * product.result.z;
    result[at] = a;
    if (count > 1u) {
        result[at + 1u] = b;
    }
    if (count > 2u) {
        result[at + 2u] = c;
    }
    if (count > 3u) {
        result[at + 3u] = d;
    }
}
