// A tile of 16 rows and 4 lanes of a matrix product in each invocation, kept in registers: no workgroup memory and no barrier,
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

const TILE_ROWS: u32 = 16u;
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
    let right_start = place.x * product.right.x + place.y * product.right.y;
    let last_row = product.rows - 1u;
    let last_lane = product.lanes - 1u;
    var i0 = left_start + min(row + 0u, last_row) * product.left.z;
    var i1 = left_start + min(row + 1u, last_row) * product.left.z;
    var i2 = left_start + min(row + 2u, last_row) * product.left.z;
    var i3 = left_start + min(row + 3u, last_row) * product.left.z;
    var i4 = left_start + min(row + 4u, last_row) * product.left.z;
    var i5 = left_start + min(row + 5u, last_row) * product.left.z;
    var i6 = left_start + min(row + 6u, last_row) * product.left.z;
    var i7 = left_start + min(row + 7u, last_row) * product.left.z;
    var i8 = left_start + min(row + 8u, last_row) * product.left.z;
    var i9 = left_start + min(row + 9u, last_row) * product.left.z;
    var i10 = left_start + min(row + 10u, last_row) * product.left.z;
    var i11 = left_start + min(row + 11u, last_row) * product.left.z;
    var i12 = left_start + min(row + 12u, last_row) * product.left.z;
    var i13 = left_start + min(row + 13u, last_row) * product.left.z;
    var i14 = left_start + min(row + 14u, last_row) * product.left.z;
    var i15 = left_start + min(row + 15u, last_row) * product.left.z;
    var j0 = right_start + min(lane + 0u, last_lane);
    var j1 = right_start + min(lane + 1u, last_lane);
    var j2 = right_start + min(lane + 2u, last_lane);
    var j3 = right_start + min(lane + 3u, last_lane);
    let s0 = start(min(lane + 0u, last_lane));
    let s1 = start(min(lane + 1u, last_lane));
    let s2 = start(min(lane + 2u, last_lane));
    let s3 = start(min(lane + 3u, last_lane));
    var c0_0 = s0; var c0_1 = s1; var c0_2 = s2; var c0_3 = s3;
    var c1_0 = s0; var c1_1 = s1; var c1_2 = s2; var c1_3 = s3;
    var c2_0 = s0; var c2_1 = s1; var c2_2 = s2; var c2_3 = s3;
    var c3_0 = s0; var c3_1 = s1; var c3_2 = s2; var c3_3 = s3;
    var c4_0 = s0; var c4_1 = s1; var c4_2 = s2; var c4_3 = s3;
    var c5_0 = s0; var c5_1 = s1; var c5_2 = s2; var c5_3 = s3;
    var c6_0 = s0; var c6_1 = s1; var c6_2 = s2; var c6_3 = s3;
    var c7_0 = s0; var c7_1 = s1; var c7_2 = s2; var c7_3 = s3;
    var c8_0 = s0; var c8_1 = s1; var c8_2 = s2; var c8_3 = s3;
    var c9_0 = s0; var c9_1 = s1; var c9_2 = s2; var c9_3 = s3;
    var c10_0 = s0; var c10_1 = s1; var c10_2 = s2; var c10_3 = s3;
    var c11_0 = s0; var c11_1 = s1; var c11_2 = s2; var c11_3 = s3;
    var c12_0 = s0; var c12_1 = s1; var c12_2 = s2; var c12_3 = s3;
    var c13_0 = s0; var c13_1 = s1; var c13_2 = s2; var c13_3 = s3;
    var c14_0 = s0; var c14_1 = s1; var c14_2 = s2; var c14_3 = s3;
    var c15_0 = s0; var c15_1 = s1; var c15_2 = s2; var c15_3 = s3;
    for (var term = 0u; term < product.terms; term++) {
        let r0 = right[j0];
        let r1 = right[j1];
        let r2 = right[j2];
        let r3 = right[j3];
        let l0 = Lane(left[i0]);
        c0_0 = fma(l0, r0, c0_0); c0_1 = fma(l0, r1, c0_1);
        c0_2 = fma(l0, r2, c0_2); c0_3 = fma(l0, r3, c0_3);
        let l1 = Lane(left[i1]);
        c1_0 = fma(l1, r0, c1_0); c1_1 = fma(l1, r1, c1_1);
        c1_2 = fma(l1, r2, c1_2); c1_3 = fma(l1, r3, c1_3);
        let l2 = Lane(left[i2]);
        c2_0 = fma(l2, r0, c2_0); c2_1 = fma(l2, r1, c2_1);
        c2_2 = fma(l2, r2, c2_2); c2_3 = fma(l2, r3, c2_3);
        let l3 = Lane(left[i3]);
        c3_0 = fma(l3, r0, c3_0); c3_1 = fma(l3, r1, c3_1);
        c3_2 = fma(l3, r2, c3_2); c3_3 = fma(l3, r3, c3_3);
        let l4 = Lane(left[i4]);
        c4_0 = fma(l4, r0, c4_0); c4_1 = fma(l4, r1, c4_1);
        c4_2 = fma(l4, r2, c4_2); c4_3 = fma(l4, r3, c4_3);
        let l5 = Lane(left[i5]);
        c5_0 = fma(l5, r0, c5_0); c5_1 = fma(l5, r1, c5_1);
        c5_2 = fma(l5, r2, c5_2); c5_3 = fma(l5, r3, c5_3);
        let l6 = Lane(left[i6]);
        c6_0 = fma(l6, r0, c6_0); c6_1 = fma(l6, r1, c6_1);
        c6_2 = fma(l6, r2, c6_2); c6_3 = fma(l6, r3, c6_3);
        let l7 = Lane(left[i7]);
        c7_0 = fma(l7, r0, c7_0); c7_1 = fma(l7, r1, c7_1);
        c7_2 = fma(l7, r2, c7_2); c7_3 = fma(l7, r3, c7_3);
        let l8 = Lane(left[i8]);
        c8_0 = fma(l8, r0, c8_0); c8_1 = fma(l8, r1, c8_1);
        c8_2 = fma(l8, r2, c8_2); c8_3 = fma(l8, r3, c8_3);
        let l9 = Lane(left[i9]);
        c9_0 = fma(l9, r0, c9_0); c9_1 = fma(l9, r1, c9_1);
        c9_2 = fma(l9, r2, c9_2); c9_3 = fma(l9, r3, c9_3);
        let l10 = Lane(left[i10]);
        c10_0 = fma(l10, r0, c10_0); c10_1 = fma(l10, r1, c10_1);
        c10_2 = fma(l10, r2, c10_2); c10_3 = fma(l10, r3, c10_3);
        let l11 = Lane(left[i11]);
        c11_0 = fma(l11, r0, c11_0); c11_1 = fma(l11, r1, c11_1);
        c11_2 = fma(l11, r2, c11_2); c11_3 = fma(l11, r3, c11_3);
        let l12 = Lane(left[i12]);
        c12_0 = fma(l12, r0, c12_0); c12_1 = fma(l12, r1, c12_1);
        c12_2 = fma(l12, r2, c12_2); c12_3 = fma(l12, r3, c12_3);
        let l13 = Lane(left[i13]);
        c13_0 = fma(l13, r0, c13_0); c13_1 = fma(l13, r1, c13_1);
        c13_2 = fma(l13, r2, c13_2); c13_3 = fma(l13, r3, c13_3);
        let l14 = Lane(left[i14]);
        c14_0 = fma(l14, r0, c14_0); c14_1 = fma(l14, r1, c14_1);
        c14_2 = fma(l14, r2, c14_2); c14_3 = fma(l14, r3, c14_3);
        let l15 = Lane(left[i15]);
        c15_0 = fma(l15, r0, c15_0); c15_1 = fma(l15, r1, c15_1);
        c15_2 = fma(l15, r2, c15_2); c15_3 = fma(l15, r3, c15_3);
        i0 += product.left.w; i1 += product.left.w; i2 += product.left.w; i3 += product.left.w;
        i4 += product.left.w; i5 += product.left.w; i6 += product.left.w; i7 += product.left.w;
        i8 += product.left.w; i9 += product.left.w; i10 += product.left.w; i11 += product.left.w;
        i12 += product.left.w; i13 += product.left.w; i14 += product.left.w; i15 += product.left.w;
        j0 += product.right.z; j1 += product.right.z; j2 += product.right.z; j3 += product.right.z;
    }
    let result_start = place.x * product.result.x + place.y * product.result.y + lane;
    write(row + 0u, result_start, product.lanes - lane, c0_0, c0_1, c0_2, c0_3);
    write(row + 1u, result_start, product.lanes - lane, c1_0, c1_1, c1_2, c1_3);
    write(row + 2u, result_start, product.lanes - lane, c2_0, c2_1, c2_2, c2_3);
    write(row + 3u, result_start, product.lanes - lane, c3_0, c3_1, c3_2, c3_3);
    write(row + 4u, result_start, product.lanes - lane, c4_0, c4_1, c4_2, c4_3);
    write(row + 5u, result_start, product.lanes - lane, c5_0, c5_1, c5_2, c5_3);
    write(row + 6u, result_start, product.lanes - lane, c6_0, c6_1, c6_2, c6_3);
    write(row + 7u, result_start, product.lanes - lane, c7_0, c7_1, c7_2, c7_3);
    write(row + 8u, result_start, product.lanes - lane, c8_0, c8_1, c8_2, c8_3);
    write(row + 9u, result_start, product.lanes - lane, c9_0, c9_1, c9_2, c9_3);
    write(row + 10u, result_start, product.lanes - lane, c10_0, c10_1, c10_2, c10_3);
    write(row + 11u, result_start, product.lanes - lane, c11_0, c11_1, c11_2, c11_3);
    write(row + 12u, result_start, product.lanes - lane, c12_0, c12_1, c12_2, c12_3);
    write(row + 13u, result_start, product.lanes - lane, c13_0, c13_1, c13_2, c13_3);
    write(row + 14u, result_start, product.lanes - lane, c14_0, c14_1, c14_2, c14_3);
    write(row + 15u, result_start, product.lanes - lane, c15_0, c15_1, c15_2, c15_3);
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
