// A matrix product of any strides. Each invocation keeps a tile of TILE_ROWS rows and 4 lanes in registers, without workgroup
// memory and barriers, which cost an emulated GPU more than the arithmetic between them. Each entry is summed in the order of its
// terms. Who uses this also uses left1 or left4, and start_zero or start_bias.
//: use grid, lane

struct Product {
    rows: u32,
    lanes: u32,               // in a row of the result
    terms: u32,               // in each sum, in items of `left`
    heads: u32,               // matrices in a batch entry
    left: vec4<u32>,          // items from one batch, head, row and item of terms to the next
    right: vec3<u32>,         // lanes from one batch, head and term to the next
    groups: u32,              // workgroups side by side over a row
    result: vec3<u32>,        // lanes from one batch, head and row to the next
    batches: u32,
}

//: lane 0..4
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
    // beyond the last row and lane the last one is computed again, and not written
    let left_start = place.x * product.left.x + place.y * product.left.y;
    let right_start = place.x * product.right.x + place.y * product.right.y;
    let last_row = product.rows - 1u;
    let last_lane = product.lanes - 1u;
    //: each row
    var i$row = left_start + min(row + $rowu, last_row) * product.left.z;
    //: end
    //: each lane
    var j$lane = right_start + min(lane + $laneu, last_lane);
    let s$lane = start(min(lane + $laneu, last_lane));
    //: end
    //: each row
    //: each lane
    var c$row_$lane = s$lane;
    //: end
    //: end
    for (var term = 0u; term < product.terms; term++) {
        //: each lane
        //: each term
        let r$lane_$term = right[j$lane];
        j$lane += product.right.z;
        //: end
        //: end
        //: each row
        let l$row = four(left[i$row]);
        i$row += product.left.w;
        //: each lane
        //: each term
        c$row_$lane = fma(Lane(l$row.$term), r$lane_$term, c$row_$lane);
        //: end
        //: end
        //: end
    }
    let result_start = place.x * product.result.x + place.y * product.result.y + lane;
    //: each row
    write(row + $rowu, result_start, product.lanes - lane, c$row_0, c$row_1, c$row_2, c$row_3);
    //: end
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
