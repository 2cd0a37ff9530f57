//! What the self-test is worth: every kernel with deliberate errors must fail it, and healthy kernels must not.

use super::check::compared;
use super::kernels::KERNELS;
use super::{fault, self_test};
use crate::device::{Chosen, DeviceChoice, choose};
use crate::kernels::{SHADERS, forget_emulated, planted::Fault, planted::plant};

const fn fault_in(shader: &'static str, right: &'static str, wrong: &'static str) -> Fault {
    Fault { shader, right, wrong }
}

/// A wrong index, a sign or comparison turned round, a dropped barrier where there is one, and an off-by-one at the tail.
const FAULTS: [Fault; 92] = [
    fault_in("adamw", "gradient[i]", "gradient[i / 2u]"),
    fault_in("adamw", "- hyper.learning_rate", "+ hyper.learning_rate"),
    fault_in("adamw", "k * WORKGROUP", "k * (WORKGROUP - 1u)"),
    fault_in("adamw", "i >= h.count", "i + 1u >= h.count"),
    fault_in("adamw_masked", "gradient[i]", "gradient[i / 2u]"),
    fault_in("adamw_masked", "mask[entry / 32u]", "mask[(entry + 1u) / 32u]"),
    fault_in("adamw_masked", "keep != Lane(0.0)", "keep == Lane(0.0)"),
    fault_in("adamw_masked", "k * WORKGROUP", "k * (WORKGROUP - 1u)"),
    fault_in("adamw_masked", "i >= h.count", "i + 1u >= h.count"),
    fault_in("statistic", "gradient[i]", "gradient[i / 2u]"),
    fault_in("statistic", "sum += evidence", "sum -= evidence"),
    fault_in("statistic", "i >= accumulate.count", "i + 1u >= accumulate.count"),
    fault_in("statistic_columns", "mask[first / 32u]", "mask[i / 32u]"),
    fault_in("statistic_columns", "mask[entry / 32u]", "mask[(entry + 1u) / 32u]"),
    fault_in("statistic_columns", "sum += select", "sum -= select"),
    fault_in("statistic_columns", "i < accumulate.columns", "i + 1u < accumulate.columns"),
    fault_in("statistic_columns", "i >= accumulate.count", "i + 1u >= accumulate.count"),
    fault_in("column_score", "kept[i / size.stride]", "kept[(i + 1u) / size.stride]"),
    fault_in("column_score", "statistic[i] *", "-statistic[i] *"),
    fault_in("column_score", "i >= size.count", "i + 1u >= size.count"),
    fault_in("random_mask", "words[run % 4u]", "words[(run + 1u) % 4u]"),
    fault_in("random_mask", ">> 8u) < draw.threshold", ">> 8u) > draw.threshold"),
    fault_in("random_mask", "min(draw.count, word", "min(draw.count - 1u, word"),
    fault_in("mix_weight", "mask[entry / 32u]", "mask[(entry + 1u) / 32u]"),
    fault_in("mix_weight", "(weight[i] - anchor[i])", "(anchor[i] - weight[i])"),
    fault_in("mix_weight", "i >= blend.count", "i + 1u >= blend.count"),
    fault_in("square_sum", "let g = gradient[i]", "let g = gradient[i / 2u]"),
    fault_in("square_sum", "chunk * WORKGROUP + local]", "chunk * WORKGROUP]"),
    fault_in("square_sum", "sum += g * g", "sum -= g * g"),
    fault_in("square_sum", "i < end", "i + 1u < end"),
    fault_in("square_sum_masked", "gradient[i], keep", "gradient[i / 2u], keep"),
    fault_in("square_sum_masked", "!= Lane(0.0)", "== Lane(0.0)"),
    fault_in("square_sum_masked", "sum += g * g", "sum -= g * g"),
    fault_in("square_sum_masked", "i < end", "i + 1u < end"),
    fault_in("norm_finalize", "sums[local + half]", "sums[local + half - 1u]"),
    fault_in("norm_finalize", "workgroupBarrier();", ""),
    fault_in("norm_finalize", "min(1.0, clip", "max(1.0, clip"),
    fault_in("norm_finalize", "select(0.0, 1.0, finite)", "select(1.0, 0.0, finite)"),
    fault_in("norm_finalize", "var i = local; i < clip.count", "var i = local; i + 256u < clip.count"),
    fault_in("select_histogram", "(key >> digit.shift)", "(key >> (digit.shift + 1u))"),
    fault_in("select_histogram", "== (threshold", "!= (threshold"),
    fault_in("select_histogram", "workgroupBarrier();\n    let start", "let start"),
    fault_in("select_histogram", "workgroupBarrier();\n    for", "for"),
    fault_in("select_histogram", "i < end", "i + 1u < end"),
    fault_in("select_narrow", "block * width + width - 1u", "block * width + width - 2u"),
    fault_in("select_narrow", "histogram[bin] < remaining", "histogram[bin] > remaining"),
    fault_in("select_narrow", "workgroupBarrier();", ""),
    fault_in("pack_mask", "<< (i % 32u)", "<< ((i + 1u) % 32u)"),
    fault_in("pack_mask", ">= threshold", "> threshold"),
    fault_in("pack_mask", "mask[word] = bits;\n    }\n    workgroupBarrier();", "mask[word] = bits;\n    }"),
    fault_in("pack_mask", "min(digit.count, word", "min(digit.count - 1u, word"),
    fault_in("gelu", "input[i]", "input[i / 2u]"),
    fault_in("gelu", "i >= size.count", "i + 1u >= size.count"),
    fault_in("gelu_backward", "let x = input[i]", "let x = input[i / 2u]"),
    fault_in("gelu_backward", "+ x * density", "- x * density"),
    fault_in("gelu_backward", "i >= size.count", "i + 1u >= size.count"),
    fault_in("product", "min(row + 5u, last_row)", "min(row + 4u, last_row)"),
    fault_in("product", "c2_1 = fma(Lane(l2.x)", "c2_1 = fma(-Lane(l2.x)"),
    fault_in("product", "matrix / product.heads", "(matrix + 1u) / product.heads"),
    fault_in("product", "if (row >= product.rows)", "if (row + 1u >= product.rows)"),
    fault_in("product", "count > 2u", "count > 3u"),
    fault_in("product_fours", "Lane(l7.z), r1_z", "Lane(l7.y), r1_z"),
    fault_in("product_fours", "Lane(l31.w), r3_w", "-Lane(l31.w), r3_w"),
    fault_in("product_fours", "term < product.terms", "term + 1u < product.terms"),
    fault_in("product_bias", "bias[lane]", "bias[lane / 2u]"),
    fault_in("product_bias", "bias[lane]", "-bias[lane]"),
    fault_in("product_bias", "term < product.terms", "term + 1u < product.terms"),
    fault_in("product_bias_fours", "bias[lane]", "-bias[lane]"),
    fault_in("product_bias_fours", "i3 += product.left.w", "i3 += product.left.z"),
    fault_in("product_bias_fours", "if (row >= product.rows)", "if (row + 1u >= product.rows)"),
    fault_in("softmax", "(row / rows.rows_of_batch", "((row + 1u) / rows.rows_of_batch"),
    fault_in("softmax", "- level", "+ level"),
    fault_in("softmax", "i < rows.lanes", "i + 1u < rows.lanes"),
    fault_in("softmax", "row >= rows.count", "row + 1u >= rows.count"),
    fault_in("softmax_backward", "* probabilities[i];", "* probabilities[start];"),
    fault_in("softmax_backward", "- along", "+ along"),
    fault_in("softmax_backward", "i < start + rows.lanes", "i + 1u < start + rows.lanes"),
    fault_in("softmax_backward", "row >= rows.count", "row + 1u >= rows.count"),
    fault_in("layer_norm", "weight[i]", "weight[i / 2u]"),
    fault_in("layer_norm", "x[i] - mean", "x[i] + mean"),
    fault_in("layer_norm", "i < start + rows.lanes", "i + 1u < start + rows.lanes"),
    fault_in("layer_norm", "row >= rows.count", "row + 1u >= rows.count"),
    fault_in("layer_norm_backward", "given * weight[i]", "given * weight[i / 2u]"),
    fault_in("layer_norm_backward", "- normal * along", "+ normal * along"),
    fault_in("layer_norm_backward", "= given * normal", "= given"),
    fault_in("layer_norm_backward", "row >= rows.count", "row + 1u >= rows.count"),
    fault_in("pool", "weights[token + t]", "weights[token]"),
    fault_in("pool", "t < texts.length", "t + 1u < texts.length"),
    fault_in("pool", "i >= texts.count", "i + 1u >= texts.count"),
    fault_in("pool_backward", "weights[token]", "-weights[token]"),
    fault_in("pool_backward", "token / texts.length", "(token + 1u) / texts.length"),
    fault_in("pool_backward", "i >= texts.count", "i + 1u >= texts.count"),
];

fn gpu() -> Chosen {
    let name =
        std::env::var("SUBTUNE_DEVICE").expect("SUBTUNE_DEVICE names the GPU to test, such as llvmpipe");
    let chosen = pollster::block_on(choose(&DeviceChoice::Named(name))).unwrap();
    assert!(chosen.adapter.is_some(), "the CPU is what the others are measured by");
    chosen
}

#[test]
fn every_fault_is_of_a_line_that_its_shader_has() {
    for shader in SHADERS {
        let planted: Vec<_> = FAULTS.iter().filter(|fault| fault.shader == shader.name).collect();
        assert!(planted.len() >= 2, "{}: {} faults", shader.name, planted.len());
        for fault in planted {
            assert!(shader.text(1).contains(fault.right), "{fault:?} is no longer in the shader");
        }
    }
}

/// In one test, as a planted fault is in force everywhere.
#[test]
#[ignore = "needs a GPU: SUBTUNE_DEVICE=llvmpipe cargo test --release --lib self_test -- --ignored"]
fn the_self_test_finds_every_planted_fault_and_none_in_healthy_kernels() {
    let healthy = gpu();
    for run in 0..50 {
        let checks = pollster::block_on(self_test(&healthy));
        assert_eq!(fault(&checks), None, "run {run}");
        assert_eq!(checks.len(), KERNELS.len() + 3);
    }
    let mut missed = Vec::new();
    for planted in FAULTS {
        plant(Some(planted));
        // on a device of its own, so that every kernel is compiled anew
        let broken = gpu();
        // first what names the shader: the others need not be compiled then
        let mut kernels = KERNELS;
        kernels.sort_by_key(|(name, _)| !name.contains(planted.shader));
        match kernels.chunks(1).find_map(|one| fault(&pollster::block_on(compared(one, &broken)))) {
            Some(fault) => println!("{}: {} for {}: {fault}", planted.shader, planted.wrong, planted.right),
            None => missed.push(planted),
        }
    }
    plant(None);
    assert!(missed.is_empty(), "{} of {} were missed: {missed:#?}", missed.len(), FAULTS.len());
}

/// Real GPUs take their matrix products from burn, which an emulated one must do just as rightly.
#[test]
#[ignore = "needs a GPU: SUBTUNE_DEVICE=llvmpipe cargo test --release --lib self_test -- --ignored"]
fn the_self_test_passes_with_burns_matrix_products() {
    let emulated = gpu();
    forget_emulated(&emulated.device);
    assert_eq!(fault(&pollster::block_on(self_test(&emulated))), None);
}
