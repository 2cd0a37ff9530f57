// The mask of the scores that reach the threshold, 32 entries a word. Scores that equal it are all kept, as in the paper's code.
//: use grid, selection

@group(0) @binding(0) var<storage, read_write> score: array<u32>;
@group(0) @binding(1) var<storage, read_write> selection: Selection;
@group(0) @binding(2) var<storage, read_write> mask: array<u32>;
@group(0) @binding(3) var<storage, read> digit: Digit;

var<workgroup> kept: atomic<u32>;
var<workgroup> overlap: atomic<u32>;

@compute @workgroup_size(256)
fn main(
    @builtin(global_invocation_id) id: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
    @builtin(num_workgroups) groups: vec3<u32>,
) {
    if (local == 0u) {
        atomicStore(&kept, 0u);
        atomicStore(&overlap, 0u);
    }
    workgroupBarrier();
    let word = flat_index(id, groups);
    if (word * 32u < digit.count) {
        let end = min(digit.count, word * 32u + 32u);
        let threshold = selection.threshold;
        var bits = 0u;
        for (var i = word * 32u; i < end; i++) {
            bits |= select(0u, 1u, score_key(score[i]) >= threshold) << (i % 32u);
        }
        atomicAdd(&kept, countOneBits(bits));
        atomicAdd(&overlap, countOneBits(bits & mask[word]));
        mask[word] = bits;
    }
    workgroupBarrier();
    if (local == 0u) {
        atomicAdd(&selection.kept, atomicLoad(&kept));
        atomicAdd(&selection.overlap, atomicLoad(&overlap));
    }
}
