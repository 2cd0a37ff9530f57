// Counts how often each value of the next digit occurs among the scores whose higher digits are the threshold's.
//: use grid, selection

@group(0) @binding(0) var<storage, read_write> score: array<u32>;
@group(0) @binding(1) var<storage, read_write> selection: Selection;
@group(0) @binding(2) var<storage, read_write> histogram: array<atomic<u32>>;
@group(0) @binding(3) var<storage, read> digit: Digit;

const CHUNK: u32 = 65536u;
var<workgroup> counts: array<atomic<u32>, 2048>;

@compute @workgroup_size(256)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
    @builtin(num_workgroups) groups: vec3<u32>,
) {
    for (var bin = local; bin < digit.bins; bin += WORKGROUP) {
        atomicStore(&counts[bin], 0u);
    }
    workgroupBarrier();
    let start = flat_group(group, groups) * CHUNK;
    if (start < digit.count) {
        let end = min(digit.count, start + CHUNK);
        let threshold = selection.threshold;
        for (var i = start + local; i < end; i += WORKGROUP) {
            let key = score_key(score[i]);
            if ((key & digit.known) == (threshold & digit.known)) {
                atomicAdd(&counts[(key >> digit.shift) & (digit.bins - 1u)], 1u);
            }
        }
    }
    workgroupBarrier();
    for (var bin = local; bin < digit.bins; bin += WORKGROUP) {
        let count = atomicLoad(&counts[bin]);
        if (count > 0u) {
            atomicAdd(&histogram[bin], count);
        }
    }
}
