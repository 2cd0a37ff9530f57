# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_subtune_global_optspecs
    string join \n h/help V/version
end

function __fish_subtune_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_subtune_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_subtune_using_subcommand
    set -l cmd (__fish_subtune_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c subtune -n "__fish_subtune_needs_command" -s h -l help -d 'Print help'
complete -c subtune -n "__fish_subtune_needs_command" -s V -l version -d 'Print version'
complete -c subtune -n "__fish_subtune_needs_command" -f -a "train" -d 'Fine-tune a model on a file of labelled text (without options: the bundled model on the bundled sample)'
complete -c subtune -n "__fish_subtune_needs_command" -f -a "compare" -d 'Train with several methods on the same splits and seeds, and tell which is better and how certain that is'
complete -c subtune -n "__fish_subtune_needs_command" -f -a "evaluate" -d 'Score a fine-tuned model on a labelled file'
complete -c subtune -n "__fish_subtune_needs_command" -f -a "predict" -d 'Label texts: from the command line, a file, or standard input'
complete -c subtune -n "__fish_subtune_needs_command" -f -a "suggest" -d 'Name the texts of a file to label next, so that each label teaches the most'
complete -c subtune -n "__fish_subtune_needs_command" -f -a "doctor" -d 'Examine the devices: do they compute correctly, how fast is a step, which one to use'
complete -c subtune -n "__fish_subtune_needs_command" -f -a "export" -d 'Write a model folder for another program or in another number format'
complete -c subtune -n "__fish_subtune_needs_command" -f -a "ui" -d 'Open the page in a browser, to label, train and use models with the mouse, at the speed of this program'
complete -c subtune -n "__fish_subtune_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c subtune -n "__fish_subtune_using_subcommand train" -l config -d 'TOML file with the same settings (learning_rate = 1e-4); flags override it' -r -F
complete -c subtune -n "__fish_subtune_using_subcommand train" -l resume -d 'Continue from the last checkpoint in this output folder, or from this checkpoint [default: the output folder of the other options]. All settings come from the checkpoint and need not be given again; files may have moved, and --device, --log-format and the options on checkpoints may differ' -r -F
complete -c subtune -n "__fish_subtune_using_subcommand train" -l model -d 'Hugging Face model folder [default: the bundled all-MiniLM-L6-v2]' -r -F
complete -c subtune -n "__fish_subtune_using_subcommand train" -l train-file -d 'File with labelled text: CSV, TSV, JSON, a spreadsheet, Parquet, or an export of a labelling tool [default: the bundled SMS spam sample]' -r -F
complete -c subtune -n "__fish_subtune_using_subcommand train" -l validation-file -d 'Labelled text for choosing the best step [default: a tenth of the training file, if it has over 1500 texts]' -r -F
complete -c subtune -n "__fish_subtune_using_subcommand train" -l test-file -d 'Labelled text for the final score [default: a tenth of the training file, if it has over 1500 texts]' -r -F
complete -c subtune -n "__fish_subtune_using_subcommand train" -l output-dir -d 'Folder for the fine-tuned model or the comparison [default: a new folder under runs/]' -r -F
complete -c subtune -n "__fish_subtune_using_subcommand train" -l output-suspects -d 'CSV file for the texts whose label is probably wrong, the most doubtful first: to be corrected and trained again. For one class a text [default: not looked for]' -r -F
complete -c subtune -n "__fish_subtune_using_subcommand train" -l overwrite-output-dir -d 'Whether to write into an output folder that already holds files; a comparison then starts from scratch [default: no]' -r -f -a "true\t''
false\t''"
complete -c subtune -n "__fish_subtune_using_subcommand train" -l log-dir -d 'Folder for an event file of TensorBoard, with the curves of the run [default: none]' -r -F
complete -c subtune -n "__fish_subtune_using_subcommand train" -l log-format -d 'Form of the output [default: text]' -r -f -a "text\t'A progress bar in a terminal, plain lines elsewhere.'
json\t'One JSON object per line on standard output.'"
complete -c subtune -n "__fish_subtune_using_subcommand train" -l save-steps -d 'Steps between checkpoints [default: one every five minutes]' -r
complete -c subtune -n "__fish_subtune_using_subcommand train" -l save-total-limit -d 'Number of checkpoints to keep, the last ones [default: 2]' -r
complete -c subtune -n "__fish_subtune_using_subcommand train" -l keep-checkpoints -d 'Whether to keep the checkpoints once the run is complete [default: no]' -r -f -a "true\t''
false\t''"
complete -c subtune -n "__fish_subtune_using_subcommand train" -l device -d 'auto, cpu, gpu, or part of an adapter\'s name [default: auto]' -r
complete -c subtune -n "__fish_subtune_using_subcommand train" -l text-column -d 'Column of the text, by name or by number from 1 [default: by its name or content; asked if that is not clear]' -r
complete -c subtune -n "__fish_subtune_using_subcommand train" -l pair-column -d 'Column of the second text of a pair; "" for none [default: by a well-known name only, such as sentence2]' -r
complete -c subtune -n "__fish_subtune_using_subcommand train" -l label-column -d 'Column of the label, by name or by number from 1; or the names of several columns of 0 and 1, separated by commas, a label each [default: by its name or content; asked if that is not clear]' -r
complete -c subtune -n "__fish_subtune_using_subcommand train" -l header -d 'Whether the first row of a table holds the names of its columns [default: by the rows]' -r -f -a "true\t''
false\t''"
complete -c subtune -n "__fish_subtune_using_subcommand train" -l sheet -d 'Sheet of a workbook, by its name or by its number from 1 [default: the first with rows]' -r
complete -c subtune -n "__fish_subtune_using_subcommand train" -l task -d 'The kind of label [default: by the labels: several in a cell are multi-label, numbers with fractions a regression]' -r -f -a "auto\t'by the labels: several in a cell are multi-label, numbers with fractions a regression'
classification\t'Each text has one of a set of labels.'
multi-label\t'Each text has any number of a set of labels.'
regression\t'Each text has a number.'"
complete -c subtune -n "__fish_subtune_using_subcommand train" -l merge-labels -d 'Whether labels that differ only in case, blanks, Unicode form, or like 1 and 1.0, are one class [default: asked in a terminal and on the page, refused elsewhere]' -r -f -a "true\t''
false\t''"
complete -c subtune -n "__fish_subtune_using_subcommand train" -l validation-split -d 'Share of the training data to hold out for choosing the best step, if you give no data for that; 0 for none [default: by the recipe]' -r
complete -c subtune -n "__fish_subtune_using_subcommand train" -l test-split -d 'Share of the training data to hold out for the final score, if you give no data for that; 0 for none [default: by the recipe]' -r
complete -c subtune -n "__fish_subtune_using_subcommand train" -l max-train-samples -d 'Largest number of examples to train on, chosen at random [default: all]' -r
complete -c subtune -n "__fish_subtune_using_subcommand train" -l layers -d 'Number of first layers of the model to keep [default: all]' -r
complete -c subtune -n "__fish_subtune_using_subcommand train" -l method -d 'The parameters to update [default: dps-dense]' -r -f -a "full\t'Every parameter in every step.'
dps-dense\t'DPS dense: in stage II the gradient of each matrix is masked to its subnetwork.'
dps-mix\t'DPS mix: in addition, the forward pass uses weights blended with an anchor. In stage I random columns are the pretrained ones; in stage II everything outside the subnetwork has its value from the start of the stage.'
mixout\t'Lee, Cho and Kang, "Mixout: Effective Regularization to Finetune Large-scale Pretrained Language Models", ICLR 2020. In every step a random share p of each matrix\'s columns (the weights that leave one input neuron) is the pretrained one in the forward pass. The difference of the others from it is multiplied by 1 / (1 - p), so that the mean is the weight. As in the authors\' code, the gradient of a kept column is that of the blended weight, without the factor 1 / (1 - p), which AdamW would cancel anyway.'
lnsr\t'Hua et al., "Improving Pre-trained Language Model Fine-tuning with Noise Stability Regularization", 2022: every parameter in every step. The loss adds how much noise in the embeddings changes the output of each layer (`lnsr_weight`, `lnsr_std`).'
child-tuning-f\t'Xu et al., "Raise a Child in Large Language Model: Towards Effective and Generalizable Fine-tuning", EMNLP 2021, the task-free variant: every step uses a random share of each matrix\'s gradient, times 1 / (1 - p). The norm is clipped before the masks, as in the authors\' code.'
child-tuning-d\t'The task-driven variant of the same paper: all steps update the entries with the largest Fisher information (mean of the squared gradients over the training data, before training) of all matrices together.'
sift\t'Song et al., "Sparse is Enough in Fine-tuning Pre-trained Large Language Models", ICML 2024 (SIFT): the head, and in each matrix the entries with the largest gradients in the first 8 batches, 1 % unless `update_fraction` says otherwise. Nothing else changes, so that the file of changes is small (`--format delta`).'
random\t'Xu and Zhang, "Random Masking Finds Winning Tickets for Parameter Efficient Fine-tuning", ICML 2024: a random share of each matrix\'s entries, drawn once by the seed and the same in every step.'
magnitude\t'Liu et al., "Refining Salience-Aware Sparse Fine-Tuning Strategies for Language Models", 2024: the entries of each matrix with the largest absolute value before the first step, the same in every step.'
lora\t'Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models", ICLR 2022: the head, and a product of two narrow matrices that is added to each matrix of the encoder (`lora_rank`, `lora_alpha`).'
dsee\t'Chen et al., "DSEE: Dually Sparsity-embedded Efficient Tuning of Pre-trained Language Models", ACL 2023, its fine-tuning without the pruning: as lora, and in each matrix of the encoder the entries that stand out from a low-rank matrix before training (`dsee_entries`).'
bitfit\t'Ben Zaken, Goldberg and Ravfogel, "BitFit: Simple Parameter-efficient Fine-tuning for Transformer-based Masked Language-models", ACL 2022: all biases, and the head (pooler and classifier).'
head\t'Pooler and classifier only.'
probe\t'No step at all: the classifier is fitted to frozen features in closed form, within seconds.'"
complete -c subtune -n "__fish_subtune_using_subcommand train" -l update-fraction -d 'Share of each weight matrix to update in stage II (the paper\'s 1 - p) [default: 0.7; 0.01 for sift]' -r
complete -c subtune -n "__fish_subtune_using_subcommand train" -l update-ratio -d 'Length of a stage as a share of all steps [default: 0.05]' -r
complete -c subtune -n "__fish_subtune_using_subcommand train" -l frozen -d 'Treatment of entries outside the subnetwork [default: reference]' -r -f -a "reference\t'Their gradient is zero; momentum and weight decay still act, as in the paper\'s released code.'
strict\t'Weight and both moments stay exactly as they are.'"
complete -c subtune -n "__fish_subtune_using_subcommand train" -l lnsr-weight -d 'Weight of lnsr\'s regularisation [default: 1.0]' -r
complete -c subtune -n "__fish_subtune_using_subcommand train" -l lnsr-std -d 'Standard deviation of lnsr\'s noise [default: 0.05]' -r
complete -c subtune -n "__fish_subtune_using_subcommand train" -l lora-rank -d 'Rank of the product of lora and dsee [default: 8]' -r
complete -c subtune -n "__fish_subtune_using_subcommand train" -l lora-alpha -d 'The factor on the product of lora and dsee, times the rank [default: 16.0]' -r
complete -c subtune -n "__fish_subtune_using_subcommand train" -l dsee-entries -d 'Entries of each matrix that dsee trains beside the product [default: 64]' -r
complete -c subtune -n "__fish_subtune_using_subcommand train" -l recipe -d 'The rule that chooses settings you do not give [default: auto]' -r -f -a "auto\t'By the number of texts. Up to 1500 texts, all of them train, and further models that are trained without a part of the texts estimate how good the kept one is.'
plain\t'Hugging Face\'s defaults for any data: three epochs of batches of 16 from a fresh classifier, with a tenth held out for validation and a tenth for the score.'"
complete -c subtune -n "__fish_subtune_using_subcommand train" -l pooling -d 'The rule that makes one vector from a text\'s tokens [default: as the model was made for]' -r -f -a "auto\t'as the model was made for'
mean\t'The normalised mean of all tokens, for which a sentence model was trained.'
cls\t'The encoder\'s own head: in BERT, tanh of a linear map of the first token, [CLS].'"
complete -c subtune -n "__fish_subtune_using_subcommand train" -l max-length -d 'Most tokens of a text that the model reads at once [default: 128]' -r
complete -c subtune -n "__fish_subtune_using_subcommand train" -l long -d 'The tokens that are read of a longer text [default: head]' -r -f -a "head\t'The first ones.'
head-tail\t'The first quarter of the length from the beginning of the text and the rest from its end: 128 and 382 of 510 tokens as in Sun et al., "How to Fine-Tune BERT for Text Classification?", 2019.'
windows\t'All, in up to 16 windows of the length, each of which shares a quarter with the one before. The text\'s scores are the mean of those of its windows, in training too. A text takes as much time as its number of windows.'"
complete -c subtune -n "__fish_subtune_using_subcommand train" -l stage -d 'A stage of training before the classifier is fitted [default: none]' -r -f -a "none\t'Nothing.'
contrastive\t'The whole encoder, in 40 steps on pairs of texts, as SetFit does: texts of one class are drawn together, and texts of different classes apart. Not for a regression.'"
complete -c subtune -n "__fish_subtune_using_subcommand train" -l label-names -d 'Whether the names of the labels serve as further examples when the classifier is first fitted. For names that are words; codes, pairs of texts and a regression are refused [default: no]' -r -f -a "true\t''
false\t''"
complete -c subtune -n "__fish_subtune_using_subcommand train" -l self-training -d 'Whether rows of the training file that have a text but no label teach the first model [default: auto]' -r -f -a "auto\t'If the cross-validated log-loss is smaller with them, and the accuracy not lower. For one class a text, and the recipe auto.'
off\t'Never.'"
complete -c subtune -n "__fish_subtune_using_subcommand train" -l class-weights -d 'Weights of the examples of each class [default: none]' -r -f -a "none\t'Every example counts the same.'
balanced\t'scikit-learn\'s "balanced": examples / (classes * examples of the class), over the training examples. The rarer a class, the more its examples count, so that all classes together count the same. With several labels a text: examples without the label / examples with it.'"
complete -c subtune -n "__fish_subtune_using_subcommand train" -l learning-rate -d 'Peak learning rate [default: 1e-4 up to hidden size 512, 3e-5 up to 768, 2e-5 above]' -r
complete -c subtune -n "__fish_subtune_using_subcommand train" -l warmup-ratio -d 'Share of all steps in which the learning rate rises from 0; afterwards it falls linearly to 0 [default: 0.1]' -r
complete -c subtune -n "__fish_subtune_using_subcommand train" -l weight-decay -d 'Weight decay of matrices and embeddings; biases and LayerNorm have none [default: 0.01]' -r
complete -c subtune -n "__fish_subtune_using_subcommand train" -l max-grad-norm -d 'Global gradient norm above which gradients are scaled down; 0 for no limit [default: 1.0]' -r
complete -c subtune -n "__fish_subtune_using_subcommand train" -l adam-beta1 -d 'AdamW\'s decay of the mean of gradients [default: 0.9]' -r
complete -c subtune -n "__fish_subtune_using_subcommand train" -l adam-beta2 -d 'AdamW\'s decay of the mean of squared gradients [default: 0.999]' -r
complete -c subtune -n "__fish_subtune_using_subcommand train" -l adam-epsilon -d 'AdamW\'s term in the denominator [default: 1e-8]' -r
complete -c subtune -n "__fish_subtune_using_subcommand train" -l extrapolation -d 'How far beyond the weights each gradient is taken, in lengths of the last update; 0 for at the weights [default: 0.0]' -r
complete -c subtune -n "__fish_subtune_using_subcommand train" -l per-device-train-batch-size -d 'Texts in a training batch. They are on the device at the same time [default: by the recipe: 8 up to 200 texts, otherwise 16]' -r
complete -c subtune -n "__fish_subtune_using_subcommand train" -l per-device-eval-batch-size -d 'Texts in an evaluation batch [default: 32]' -r
complete -c subtune -n "__fish_subtune_using_subcommand train" -l gradient-accumulation-steps -d 'Batches in one optimiser step [default: 1]' -r
complete -c subtune -n "__fish_subtune_using_subcommand train" -l num-train-epochs -d 'Passes over the training examples; may have a fraction [default: by the recipe: at least 80 steps, 1 to 3 epochs for many texts]' -r
complete -c subtune -n "__fish_subtune_using_subcommand train" -l max-steps -d 'Optimiser steps; overrides the epochs [default: by the epochs]' -r
complete -c subtune -n "__fish_subtune_using_subcommand train" -l group-by-length -d 'Whether batches hold texts of similar length, which need less padding (Hugging Face: no) [default: yes]' -r -f -a "true\t''
false\t''"
complete -c subtune -n "__fish_subtune_using_subcommand train" -l seed -d 'Seed of everything random. The same seed gives the same bits on the same device [default: 42]' -r
complete -c subtune -n "__fish_subtune_using_subcommand train" -l cross-validation-folds -d 'Further models, each trained without a part of the texts and scored on it, to estimate how good the kept model is: 0 for none, 1 for one model without a fifth of the texts, otherwise a model for each of this many parts [default: by the recipe]' -r
complete -c subtune -n "__fish_subtune_using_subcommand train" -l eval-steps -d 'Steps between evaluations on the validation examples [default: once an epoch]' -r
complete -c subtune -n "__fish_subtune_using_subcommand train" -l logging-steps -d 'Steps between two reports of the loss [default: 10]' -r
complete -c subtune -n "__fish_subtune_using_subcommand train" -l load-best-model-at-end -d 'Whether the kept model is that of the best evaluation rather than the last (Hugging Face: no) [default: yes]' -r -f -a "true\t''
false\t''"
complete -c subtune -n "__fish_subtune_using_subcommand train" -l metric-for-best-model -d 'Metric that decides which evaluation is best: accuracy, f1, precision, recall, matthews_correlation or loss for classes; micro_f1, macro_f1, exact_match, precision, recall or loss for several labels a text; pearson, spearman, mse, mae or loss for numbers [default: accuracy for classes, micro_f1 for several labels, spearman for numbers]' -r
complete -c subtune -n "__fish_subtune_using_subcommand train" -l early-stopping-patience -d 'Evaluations without improvement after which the run ends [default: never]' -r
complete -c subtune -n "__fish_subtune_using_subcommand train" -l early-stopping-threshold -d 'Gain from which on an evaluation counts as an improvement [default: 0.0]' -r
complete -c subtune -n "__fish_subtune_using_subcommand train" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l config -d 'TOML file with the same settings (learning_rate = 1e-4); flags override it' -r -F
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l suite -d 'TOML file with several sets of data, [sets.NAME], each with a training file and settings of its own; the settings above them are those of all sets. Each set is compared in a folder of its own, and one table shows all' -r -F
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l methods -d 'Methods to compare, separated by commas; the others are compared with the first [default: full,dps-dense]' -r
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l seeds -d 'Number of runs of each method (with seeds 1, 2, 3...), or the seeds separated by commas [default: 5]' -r
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l train-size -d 'Train on exactly this many random examples, 500 or 1000 in the paper; those neither trained on nor held out are unused' -r
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l transfer-file -d 'Labelled text of another kind or origin, on which all models are also scored; can be given several times' -r -F
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l grid -d 'Vary settings of training: every method runs with each combination of the values. The validation chooses the best combination of each method, and only that one is judged on the test examples' -r
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l shard -d 'Do a share of the runs, on one of several machines with the same output folder: 0/8 to 7/8, or auto for a task of Slurm, Kubernetes or SkyPilot. --merge then makes the table' -r
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l model -d 'Hugging Face model folder [default: the bundled all-MiniLM-L6-v2]' -r -F
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l train-file -d 'File with labelled text: CSV, TSV, JSON, a spreadsheet, Parquet, or an export of a labelling tool [default: the bundled SMS spam sample]' -r -F
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l validation-file -d 'Labelled text for choosing the best step [default: a tenth of the training file, if it has over 1500 texts]' -r -F
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l test-file -d 'Labelled text for the final score [default: a tenth of the training file, if it has over 1500 texts]' -r -F
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l output-dir -d 'Folder for the fine-tuned model or the comparison [default: a new folder under runs/]' -r -F
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l overwrite-output-dir -d 'Whether to write into an output folder that already holds files; a comparison then starts from scratch [default: no]' -r -f -a "true\t''
false\t''"
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l log-format -d 'Form of the output [default: text]' -r -f -a "text\t'A progress bar in a terminal, plain lines elsewhere.'
json\t'One JSON object per line on standard output.'"
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l device -d 'auto, cpu, gpu, or part of an adapter\'s name [default: auto]' -r
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l text-column -d 'Column of the text, by name or by number from 1 [default: by its name or content; asked if that is not clear]' -r
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l pair-column -d 'Column of the second text of a pair; "" for none [default: by a well-known name only, such as sentence2]' -r
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l label-column -d 'Column of the label, by name or by number from 1; or the names of several columns of 0 and 1, separated by commas, a label each [default: by its name or content; asked if that is not clear]' -r
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l header -d 'Whether the first row of a table holds the names of its columns [default: by the rows]' -r -f -a "true\t''
false\t''"
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l sheet -d 'Sheet of a workbook, by its name or by its number from 1 [default: the first with rows]' -r
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l task -d 'The kind of label [default: by the labels: several in a cell are multi-label, numbers with fractions a regression]' -r -f -a "auto\t'by the labels: several in a cell are multi-label, numbers with fractions a regression'
classification\t'Each text has one of a set of labels.'
multi-label\t'Each text has any number of a set of labels.'
regression\t'Each text has a number.'"
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l merge-labels -d 'Whether labels that differ only in case, blanks, Unicode form, or like 1 and 1.0, are one class [default: asked in a terminal and on the page, refused elsewhere]' -r -f -a "true\t''
false\t''"
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l validation-split -d 'Share of the training data to hold out for choosing the best step, if you give no data for that; 0 for none [default: by the recipe]' -r
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l test-split -d 'Share of the training data to hold out for the final score, if you give no data for that; 0 for none [default: by the recipe]' -r
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l max-train-samples -d 'Largest number of examples to train on, chosen at random [default: all]' -r
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l layers -d 'Number of first layers of the model to keep [default: all]' -r
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l update-fraction -d 'Share of each weight matrix to update in stage II (the paper\'s 1 - p) [default: 0.7; 0.01 for sift]' -r
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l update-ratio -d 'Length of a stage as a share of all steps [default: 0.05]' -r
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l frozen -d 'Treatment of entries outside the subnetwork [default: reference]' -r -f -a "reference\t'Their gradient is zero; momentum and weight decay still act, as in the paper\'s released code.'
strict\t'Weight and both moments stay exactly as they are.'"
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l lnsr-weight -d 'Weight of lnsr\'s regularisation [default: 1.0]' -r
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l lnsr-std -d 'Standard deviation of lnsr\'s noise [default: 0.05]' -r
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l lora-rank -d 'Rank of the product of lora and dsee [default: 8]' -r
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l lora-alpha -d 'The factor on the product of lora and dsee, times the rank [default: 16.0]' -r
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l dsee-entries -d 'Entries of each matrix that dsee trains beside the product [default: 64]' -r
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l recipe -d 'The rule that chooses settings you do not give [default: auto]' -r -f -a "auto\t'By the number of texts. Up to 1500 texts, all of them train, and further models that are trained without a part of the texts estimate how good the kept one is.'
plain\t'Hugging Face\'s defaults for any data: three epochs of batches of 16 from a fresh classifier, with a tenth held out for validation and a tenth for the score.'"
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l pooling -d 'The rule that makes one vector from a text\'s tokens [default: as the model was made for]' -r -f -a "auto\t'as the model was made for'
mean\t'The normalised mean of all tokens, for which a sentence model was trained.'
cls\t'The encoder\'s own head: in BERT, tanh of a linear map of the first token, [CLS].'"
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l max-length -d 'Most tokens of a text that the model reads at once [default: 128]' -r
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l long -d 'The tokens that are read of a longer text [default: head]' -r -f -a "head\t'The first ones.'
head-tail\t'The first quarter of the length from the beginning of the text and the rest from its end: 128 and 382 of 510 tokens as in Sun et al., "How to Fine-Tune BERT for Text Classification?", 2019.'
windows\t'All, in up to 16 windows of the length, each of which shares a quarter with the one before. The text\'s scores are the mean of those of its windows, in training too. A text takes as much time as its number of windows.'"
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l stage -d 'A stage of training before the classifier is fitted [default: none]' -r -f -a "none\t'Nothing.'
contrastive\t'The whole encoder, in 40 steps on pairs of texts, as SetFit does: texts of one class are drawn together, and texts of different classes apart. Not for a regression.'"
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l label-names -d 'Whether the names of the labels serve as further examples when the classifier is first fitted. For names that are words; codes, pairs of texts and a regression are refused [default: no]' -r -f -a "true\t''
false\t''"
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l self-training -d 'Whether rows of the training file that have a text but no label teach the first model [default: auto]' -r -f -a "auto\t'If the cross-validated log-loss is smaller with them, and the accuracy not lower. For one class a text, and the recipe auto.'
off\t'Never.'"
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l class-weights -d 'Weights of the examples of each class [default: none]' -r -f -a "none\t'Every example counts the same.'
balanced\t'scikit-learn\'s "balanced": examples / (classes * examples of the class), over the training examples. The rarer a class, the more its examples count, so that all classes together count the same. With several labels a text: examples without the label / examples with it.'"
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l learning-rate -d 'Peak learning rate [default: 1e-4 up to hidden size 512, 3e-5 up to 768, 2e-5 above]' -r
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l warmup-ratio -d 'Share of all steps in which the learning rate rises from 0; afterwards it falls linearly to 0 [default: 0.1]' -r
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l weight-decay -d 'Weight decay of matrices and embeddings; biases and LayerNorm have none [default: 0.01]' -r
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l max-grad-norm -d 'Global gradient norm above which gradients are scaled down; 0 for no limit [default: 1.0]' -r
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l adam-beta1 -d 'AdamW\'s decay of the mean of gradients [default: 0.9]' -r
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l adam-beta2 -d 'AdamW\'s decay of the mean of squared gradients [default: 0.999]' -r
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l adam-epsilon -d 'AdamW\'s term in the denominator [default: 1e-8]' -r
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l extrapolation -d 'How far beyond the weights each gradient is taken, in lengths of the last update; 0 for at the weights [default: 0.0]' -r
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l per-device-train-batch-size -d 'Texts in a training batch. They are on the device at the same time [default: by the recipe: 8 up to 200 texts, otherwise 16]' -r
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l per-device-eval-batch-size -d 'Texts in an evaluation batch [default: 32]' -r
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l gradient-accumulation-steps -d 'Batches in one optimiser step [default: 1]' -r
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l num-train-epochs -d 'Passes over the training examples; may have a fraction [default: by the recipe: at least 80 steps, 1 to 3 epochs for many texts]' -r
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l max-steps -d 'Optimiser steps; overrides the epochs [default: by the epochs]' -r
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l group-by-length -d 'Whether batches hold texts of similar length, which need less padding (Hugging Face: no) [default: yes]' -r -f -a "true\t''
false\t''"
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l cross-validation-folds -d 'Further models, each trained without a part of the texts and scored on it, to estimate how good the kept model is: 0 for none, 1 for one model without a fifth of the texts, otherwise a model for each of this many parts [default: by the recipe]' -r
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l eval-steps -d 'Steps between evaluations on the validation examples [default: once an epoch]' -r
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l logging-steps -d 'Steps between two reports of the loss [default: 10]' -r
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l load-best-model-at-end -d 'Whether the kept model is that of the best evaluation rather than the last (Hugging Face: no) [default: yes]' -r -f -a "true\t''
false\t''"
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l metric-for-best-model -d 'Metric that decides which evaluation is best: accuracy, f1, precision, recall, matthews_correlation or loss for classes; micro_f1, macro_f1, exact_match, precision, recall or loss for several labels a text; pearson, spearman, mse, mae or loss for numbers [default: accuracy for classes, micro_f1 for several labels, spearman for numbers]' -r
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l early-stopping-patience -d 'Evaluations without improvement after which the run ends [default: never]' -r
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l early-stopping-threshold -d 'Gain from which on an evaluation counts as an improvement [default: 0.0]' -r
complete -c subtune -n "__fish_subtune_using_subcommand compare" -l merge -d 'Make the table of the runs that shards have finished so far, and run nothing'
complete -c subtune -n "__fish_subtune_using_subcommand compare" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c subtune -n "__fish_subtune_using_subcommand evaluate" -l model -d 'Folder of a fine-tuned model; with --delta, of the model that was fine-tuned [default: the bundled model]' -r -F
complete -c subtune -n "__fish_subtune_using_subcommand evaluate" -l delta -d 'File of changes that makes a fine-tuned model of the other one, from subtune export --format delta' -r -F
complete -c subtune -n "__fish_subtune_using_subcommand evaluate" -l device -d 'auto, cpu, gpu, or part of an adapter\'s name' -r
complete -c subtune -n "__fish_subtune_using_subcommand evaluate" -l max-length -d 'Tokens beyond which a text is cut [default: as in training; 128 if the model does not tell]' -r
complete -c subtune -n "__fish_subtune_using_subcommand evaluate" -l per-device-eval-batch-size -d 'Number of texts on the device at a time' -r
complete -c subtune -n "__fish_subtune_using_subcommand evaluate" -l file -d 'CSV, TSV or JSONL with labelled text' -r -F
complete -c subtune -n "__fish_subtune_using_subcommand evaluate" -l text-column -d 'Column of the text, by name or number [default: guessed]' -r
complete -c subtune -n "__fish_subtune_using_subcommand evaluate" -l pair-column -d 'Column of the second text of a pair; "" for none [default: guessed]' -r
complete -c subtune -n "__fish_subtune_using_subcommand evaluate" -l label-column -d 'Column of the label [default: guessed]' -r
complete -c subtune -n "__fish_subtune_using_subcommand evaluate" -l header -d 'Whether the first row of a table holds the names of its columns [default: by the rows]' -r -f -a "true\t''
false\t''"
complete -c subtune -n "__fish_subtune_using_subcommand evaluate" -l sheet -d 'Sheet of a workbook, by its name or its number from 1 [default: the first with a table]' -r
complete -c subtune -n "__fish_subtune_using_subcommand evaluate" -l log-format -d 'Form of the scores' -r -f -a "text\t''
json\t''"
complete -c subtune -n "__fish_subtune_using_subcommand evaluate" -s h -l help -d 'Print help'
complete -c subtune -n "__fish_subtune_using_subcommand predict" -l model -d 'Folder of a fine-tuned model; with --delta, of the model that was fine-tuned [default: the bundled model]' -r -F
complete -c subtune -n "__fish_subtune_using_subcommand predict" -l delta -d 'File of changes that makes a fine-tuned model of the other one, from subtune export --format delta' -r -F
complete -c subtune -n "__fish_subtune_using_subcommand predict" -l device -d 'auto, cpu, gpu, or part of an adapter\'s name' -r
complete -c subtune -n "__fish_subtune_using_subcommand predict" -l max-length -d 'Tokens beyond which a text is cut [default: as in training; 128 if the model does not tell]' -r
complete -c subtune -n "__fish_subtune_using_subcommand predict" -l per-device-eval-batch-size -d 'Number of texts on the device at a time' -r
complete -c subtune -n "__fish_subtune_using_subcommand predict" -l pair -d 'Second text of a pair, if one text is given' -r
complete -c subtune -n "__fish_subtune_using_subcommand predict" -l file -d 'CSV, TSV or JSONL with texts to label: every row comes out in its place, with its other columns and the new columns label and probability, or value' -r -F
complete -c subtune -n "__fish_subtune_using_subcommand predict" -l text-column -d 'Column of the text, by name or number [default: as in training, otherwise guessed]' -r
complete -c subtune -n "__fish_subtune_using_subcommand predict" -l pair-column -d 'Column of the second text of a pair; "" for none [default: as in training, otherwise guessed]' -r
complete -c subtune -n "__fish_subtune_using_subcommand predict" -l output -d 'File for the rows of --file: .csv, .tsv, .jsonl or .parquet. It appears once it is complete [default: CSV on standard output; JSON Lines with --log-format json]' -r -F
complete -c subtune -n "__fish_subtune_using_subcommand predict" -l shard -d 'Label a share of the rows of --file, on one of several machines: 0/8 to 7/8, or auto for a task of Slurm, Kubernetes or SkyPilot. Shard 0 has the first rows, shard 1 those that follow' -r
complete -c subtune -n "__fish_subtune_using_subcommand predict" -l log-format -d 'Form of the answers for texts from the command line and standard input. text: label, probability and text separated by tabs; json: one object per line with all probabilities' -r -f -a "text\t''
json\t''"
complete -c subtune -n "__fish_subtune_using_subcommand predict" -l header -d 'Whether the first row of a table holds the names of its columns [default: by the rows]' -r -f -a "true\t''
false\t''"
complete -c subtune -n "__fish_subtune_using_subcommand predict" -l sheet -d 'Sheet of a workbook, by its name or its number from 1 [default: the first with a table]' -r
complete -c subtune -n "__fish_subtune_using_subcommand predict" -l overwrite -d 'Replace the output file if it exists'
complete -c subtune -n "__fish_subtune_using_subcommand predict" -l probabilities -d 'With --file: the probability of every class too'
complete -c subtune -n "__fish_subtune_using_subcommand predict" -s h -l help -d 'Print help'
complete -c subtune -n "__fish_subtune_using_subcommand suggest" -l model -d 'Folder of a model that turns texts into vectors; it need not be fine-tuned [default: the bundled model]' -r -F
complete -c subtune -n "__fish_subtune_using_subcommand suggest" -l device -d 'auto, cpu, gpu, or part of an adapter\'s name' -r
complete -c subtune -n "__fish_subtune_using_subcommand suggest" -l file -d 'CSV, TSV or JSONL with texts, of which some may have a label' -r -F
complete -c subtune -n "__fish_subtune_using_subcommand suggest" -s n -l number -d 'Number of texts to label next' -r
complete -c subtune -n "__fish_subtune_using_subcommand suggest" -l text-column -d 'Column of the text, by name or number [default: guessed]' -r
complete -c subtune -n "__fish_subtune_using_subcommand suggest" -l pair-column -d 'Column of the second text of a pair; "" for none [default: guessed]' -r
complete -c subtune -n "__fish_subtune_using_subcommand suggest" -l label-column -d 'Column of the label [default: guessed]' -r
complete -c subtune -n "__fish_subtune_using_subcommand suggest" -l header -d 'Whether the first row of a table holds the names of its columns [default: by the rows]' -r -f -a "true\t''
false\t''"
complete -c subtune -n "__fish_subtune_using_subcommand suggest" -l sheet -d 'Sheet of a workbook, by its name or its number from 1 [default: the first with a table]' -r
complete -c subtune -n "__fish_subtune_using_subcommand suggest" -l seed -d 'Seed of the choice; the same seed gives the same texts' -r
complete -c subtune -n "__fish_subtune_using_subcommand suggest" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c subtune -n "__fish_subtune_using_subcommand doctor" -l device -d 'gpu, cpu, or part of an adapter\'s name [default: the CPU and every real GPU]' -r
complete -c subtune -n "__fish_subtune_using_subcommand doctor" -l log-format -d 'text: for people; json: one object' -r -f -a "text\t''
json\t''"
complete -c subtune -n "__fish_subtune_using_subcommand doctor" -s h -l help -d 'Print help'
complete -c subtune -n "__fish_subtune_using_subcommand export" -l model -d 'Hugging Face model folder; with --delta, of the model that was fine-tuned [default: the bundled model]' -r -F
complete -c subtune -n "__fish_subtune_using_subcommand export" -l delta -d 'File of changes that makes a fine-tuned model of the other one, from subtune export --format delta' -r -F
complete -c subtune -n "__fish_subtune_using_subcommand export" -l output -d 'Folder to write, or the file of a delta; must not exist' -r -F
complete -c subtune -n "__fish_subtune_using_subcommand export" -l format -d 'safetensors: for Python\'s transformers and subtune; onnx: for ONNX Runtime and transformers.js; delta: a file of what changed of --base, for subtune' -r -f -a "safetensors\t''
onnx\t''
delta\t''"
complete -c subtune -n "__fish_subtune_using_subcommand export" -l dtype -d 'Numbers of the weights; q8 is for onnx alone' -r -f -a "float32\t''
float16\t''
q8\t''"
complete -c subtune -n "__fish_subtune_using_subcommand export" -l base -d 'With --format delta: folder of the model that was fine-tuned [default: the bundled model]' -r -F
complete -c subtune -n "__fish_subtune_using_subcommand export" -l texts -d 'File with the texts that must be predicted as before' -r -F
complete -c subtune -n "__fish_subtune_using_subcommand export" -l trim-vocabulary -d 'Keep only the tokens that the texts of --texts use: those are predicted as before, others may be read in smaller pieces'
complete -c subtune -n "__fish_subtune_using_subcommand export" -s h -l help -d 'Print help'
complete -c subtune -n "__fish_subtune_using_subcommand ui" -l port -d 'Port of 127.0.0.1 [default: a free one]' -r
complete -c subtune -n "__fish_subtune_using_subcommand ui" -l data-dir -d 'Folder for what the page keeps: interrupted trainings, models and labels [default: subtune/ where this system keeps the data of programs]' -r -F
complete -c subtune -n "__fish_subtune_using_subcommand ui" -l site -d 'Folder of a built page, www/site [default: the page inside the program]' -r -F
complete -c subtune -n "__fish_subtune_using_subcommand ui" -l no-open -d 'Do not open a browser'
complete -c subtune -n "__fish_subtune_using_subcommand ui" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c subtune -n "__fish_subtune_using_subcommand help; and not __fish_seen_subcommand_from train compare evaluate predict suggest doctor export ui help" -f -a "train" -d 'Fine-tune a model on a file of labelled text (without options: the bundled model on the bundled sample)'
complete -c subtune -n "__fish_subtune_using_subcommand help; and not __fish_seen_subcommand_from train compare evaluate predict suggest doctor export ui help" -f -a "compare" -d 'Train with several methods on the same splits and seeds, and tell which is better and how certain that is'
complete -c subtune -n "__fish_subtune_using_subcommand help; and not __fish_seen_subcommand_from train compare evaluate predict suggest doctor export ui help" -f -a "evaluate" -d 'Score a fine-tuned model on a labelled file'
complete -c subtune -n "__fish_subtune_using_subcommand help; and not __fish_seen_subcommand_from train compare evaluate predict suggest doctor export ui help" -f -a "predict" -d 'Label texts: from the command line, a file, or standard input'
complete -c subtune -n "__fish_subtune_using_subcommand help; and not __fish_seen_subcommand_from train compare evaluate predict suggest doctor export ui help" -f -a "suggest" -d 'Name the texts of a file to label next, so that each label teaches the most'
complete -c subtune -n "__fish_subtune_using_subcommand help; and not __fish_seen_subcommand_from train compare evaluate predict suggest doctor export ui help" -f -a "doctor" -d 'Examine the devices: do they compute correctly, how fast is a step, which one to use'
complete -c subtune -n "__fish_subtune_using_subcommand help; and not __fish_seen_subcommand_from train compare evaluate predict suggest doctor export ui help" -f -a "export" -d 'Write a model folder for another program or in another number format'
complete -c subtune -n "__fish_subtune_using_subcommand help; and not __fish_seen_subcommand_from train compare evaluate predict suggest doctor export ui help" -f -a "ui" -d 'Open the page in a browser, to label, train and use models with the mouse, at the speed of this program'
complete -c subtune -n "__fish_subtune_using_subcommand help; and not __fish_seen_subcommand_from train compare evaluate predict suggest doctor export ui help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
