
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'subtune' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'subtune'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'subtune' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('train', 'train', [CompletionResultType]::ParameterValue, 'Fine-tune a model on a file of labelled text (without options: the bundled model on the bundled sample)')
            [CompletionResult]::new('compare', 'compare', [CompletionResultType]::ParameterValue, 'Train with several methods on the same splits and seeds, and tell which is better and how certain that is')
            [CompletionResult]::new('evaluate', 'evaluate', [CompletionResultType]::ParameterValue, 'Score a fine-tuned model on a labelled file')
            [CompletionResult]::new('predict', 'predict', [CompletionResultType]::ParameterValue, 'Label texts: from the command line, a file, or standard input')
            [CompletionResult]::new('suggest', 'suggest', [CompletionResultType]::ParameterValue, 'Name the texts of a file to label next, so that each label teaches the most')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Examine the devices: do they compute correctly, how fast is a step, which one to use')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Write a model folder for another program or in another number format')
            [CompletionResult]::new('ui', 'ui', [CompletionResultType]::ParameterValue, 'Open the page in a browser, to label, train and use models with the mouse, at the speed of this program')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'subtune;train' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'TOML file with the same settings (learning_rate = 1e-4); flags override it')
            [CompletionResult]::new('--resume', '--resume', [CompletionResultType]::ParameterName, 'Continue from the last checkpoint in this output folder, or from this checkpoint [default: the output folder of the other options]. All settings come from the checkpoint and need not be given again; files may have moved, and --device, --log-format and the options on checkpoints may differ')
            [CompletionResult]::new('--model', '--model', [CompletionResultType]::ParameterName, 'Hugging Face model folder [default: the bundled all-MiniLM-L6-v2]')
            [CompletionResult]::new('--train-file', '--train-file', [CompletionResultType]::ParameterName, 'File with labelled text: CSV, TSV, JSON, a spreadsheet, Parquet, or an export of a labelling tool [default: the bundled SMS spam sample]')
            [CompletionResult]::new('--validation-file', '--validation-file', [CompletionResultType]::ParameterName, 'Labelled text for choosing the best step [default: a tenth of the training file, if it has over 1500 texts]')
            [CompletionResult]::new('--test-file', '--test-file', [CompletionResultType]::ParameterName, 'Labelled text for the final score [default: a tenth of the training file, if it has over 1500 texts]')
            [CompletionResult]::new('--output-dir', '--output-dir', [CompletionResultType]::ParameterName, 'Folder for the fine-tuned model or the comparison [default: a new folder under runs/]')
            [CompletionResult]::new('--output-suspects', '--output-suspects', [CompletionResultType]::ParameterName, 'CSV file for the texts whose label is probably wrong, the most doubtful first: to be corrected and trained again. For one class a text [default: not looked for]')
            [CompletionResult]::new('--overwrite-output-dir', '--overwrite-output-dir', [CompletionResultType]::ParameterName, 'Whether to write into an output folder that already holds files; a comparison then starts from scratch [default: no]')
            [CompletionResult]::new('--log-dir', '--log-dir', [CompletionResultType]::ParameterName, 'Folder for an event file of TensorBoard, with the curves of the run [default: none]')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'Form of the output [default: text]')
            [CompletionResult]::new('--save-steps', '--save-steps', [CompletionResultType]::ParameterName, 'Steps between checkpoints [default: one every five minutes]')
            [CompletionResult]::new('--save-total-limit', '--save-total-limit', [CompletionResultType]::ParameterName, 'Number of checkpoints to keep, the last ones [default: 2]')
            [CompletionResult]::new('--keep-checkpoints', '--keep-checkpoints', [CompletionResultType]::ParameterName, 'Whether to keep the checkpoints once the run is complete [default: no]')
            [CompletionResult]::new('--device', '--device', [CompletionResultType]::ParameterName, 'auto, cpu, gpu, or part of an adapter''s name [default: auto]')
            [CompletionResult]::new('--text-column', '--text-column', [CompletionResultType]::ParameterName, 'Column of the text, by name or by number from 1 [default: by its name or content; asked if that is not clear]')
            [CompletionResult]::new('--pair-column', '--pair-column', [CompletionResultType]::ParameterName, 'Column of the second text of a pair; "" for none [default: by a well-known name only, such as sentence2]')
            [CompletionResult]::new('--label-column', '--label-column', [CompletionResultType]::ParameterName, 'Column of the label, by name or by number from 1; or the names of several columns of 0 and 1, separated by commas, a label each [default: by its name or content; asked if that is not clear]')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'Whether the first row of a table holds the names of its columns [default: by the rows]')
            [CompletionResult]::new('--sheet', '--sheet', [CompletionResultType]::ParameterName, 'Sheet of a workbook, by its name or by its number from 1 [default: the first with rows]')
            [CompletionResult]::new('--task', '--task', [CompletionResultType]::ParameterName, 'The kind of label [default: by the labels: several in a cell are multi-label, numbers with fractions a regression]')
            [CompletionResult]::new('--merge-labels', '--merge-labels', [CompletionResultType]::ParameterName, 'Whether labels that differ only in case, blanks, Unicode form, or like 1 and 1.0, are one class [default: asked in a terminal and on the page, refused elsewhere]')
            [CompletionResult]::new('--validation-split', '--validation-split', [CompletionResultType]::ParameterName, 'Share of the training data to hold out for choosing the best step, if you give no data for that; 0 for none [default: by the recipe]')
            [CompletionResult]::new('--test-split', '--test-split', [CompletionResultType]::ParameterName, 'Share of the training data to hold out for the final score, if you give no data for that; 0 for none [default: by the recipe]')
            [CompletionResult]::new('--max-train-samples', '--max-train-samples', [CompletionResultType]::ParameterName, 'Largest number of examples to train on, chosen at random [default: all]')
            [CompletionResult]::new('--layers', '--layers', [CompletionResultType]::ParameterName, 'Number of first layers of the model to keep [default: all]')
            [CompletionResult]::new('--method', '--method', [CompletionResultType]::ParameterName, 'The parameters to update [default: dps-dense]')
            [CompletionResult]::new('--update-fraction', '--update-fraction', [CompletionResultType]::ParameterName, 'Share of each weight matrix to update in stage II (the paper''s 1 - p) [default: 0.7; 0.01 for sift]')
            [CompletionResult]::new('--update-ratio', '--update-ratio', [CompletionResultType]::ParameterName, 'Length of a stage as a share of all steps [default: 0.05]')
            [CompletionResult]::new('--frozen', '--frozen', [CompletionResultType]::ParameterName, 'Treatment of entries outside the subnetwork [default: reference]')
            [CompletionResult]::new('--lnsr-weight', '--lnsr-weight', [CompletionResultType]::ParameterName, 'Weight of lnsr''s regularisation [default: 1.0]')
            [CompletionResult]::new('--lnsr-std', '--lnsr-std', [CompletionResultType]::ParameterName, 'Standard deviation of lnsr''s noise [default: 0.05]')
            [CompletionResult]::new('--lora-rank', '--lora-rank', [CompletionResultType]::ParameterName, 'Rank of the product of lora and dsee [default: 8]')
            [CompletionResult]::new('--lora-alpha', '--lora-alpha', [CompletionResultType]::ParameterName, 'The factor on the product of lora and dsee, times the rank [default: 16.0]')
            [CompletionResult]::new('--dsee-entries', '--dsee-entries', [CompletionResultType]::ParameterName, 'Entries of each matrix that dsee trains beside the product [default: 64]')
            [CompletionResult]::new('--recipe', '--recipe', [CompletionResultType]::ParameterName, 'The rule that chooses settings you do not give [default: auto]')
            [CompletionResult]::new('--pooling', '--pooling', [CompletionResultType]::ParameterName, 'The rule that makes one vector from a text''s tokens [default: as the model was made for]')
            [CompletionResult]::new('--max-length', '--max-length', [CompletionResultType]::ParameterName, 'Most tokens of a text that the model reads at once [default: 128]')
            [CompletionResult]::new('--long', '--long', [CompletionResultType]::ParameterName, 'The tokens that are read of a longer text [default: head]')
            [CompletionResult]::new('--stage', '--stage', [CompletionResultType]::ParameterName, 'A stage of training before the classifier is fitted [default: none]')
            [CompletionResult]::new('--label-names', '--label-names', [CompletionResultType]::ParameterName, 'Whether the names of the labels serve as further examples when the classifier is first fitted. For names that are words; codes, pairs of texts and a regression are refused [default: no]')
            [CompletionResult]::new('--self-training', '--self-training', [CompletionResultType]::ParameterName, 'Whether rows of the training file that have a text but no label teach the first model [default: auto]')
            [CompletionResult]::new('--class-weights', '--class-weights', [CompletionResultType]::ParameterName, 'Weights of the examples of each class [default: none]')
            [CompletionResult]::new('--learning-rate', '--learning-rate', [CompletionResultType]::ParameterName, 'Peak learning rate [default: 1e-4 up to hidden size 512, 3e-5 up to 768, 2e-5 above]')
            [CompletionResult]::new('--warmup-ratio', '--warmup-ratio', [CompletionResultType]::ParameterName, 'Share of all steps in which the learning rate rises from 0; afterwards it falls linearly to 0 [default: 0.1]')
            [CompletionResult]::new('--weight-decay', '--weight-decay', [CompletionResultType]::ParameterName, 'Weight decay of matrices and embeddings; biases and LayerNorm have none [default: 0.01]')
            [CompletionResult]::new('--max-grad-norm', '--max-grad-norm', [CompletionResultType]::ParameterName, 'Global gradient norm above which gradients are scaled down; 0 for no limit [default: 1.0]')
            [CompletionResult]::new('--adam-beta1', '--adam-beta1', [CompletionResultType]::ParameterName, 'AdamW''s decay of the mean of gradients [default: 0.9]')
            [CompletionResult]::new('--adam-beta2', '--adam-beta2', [CompletionResultType]::ParameterName, 'AdamW''s decay of the mean of squared gradients [default: 0.999]')
            [CompletionResult]::new('--adam-epsilon', '--adam-epsilon', [CompletionResultType]::ParameterName, 'AdamW''s term in the denominator [default: 1e-8]')
            [CompletionResult]::new('--extrapolation', '--extrapolation', [CompletionResultType]::ParameterName, 'How far beyond the weights each gradient is taken, in lengths of the last update; 0 for at the weights [default: 0.0]')
            [CompletionResult]::new('--per-device-train-batch-size', '--per-device-train-batch-size', [CompletionResultType]::ParameterName, 'Texts in a training batch. They are on the device at the same time [default: by the recipe: 8 up to 200 texts, otherwise 16]')
            [CompletionResult]::new('--per-device-eval-batch-size', '--per-device-eval-batch-size', [CompletionResultType]::ParameterName, 'Texts in an evaluation batch [default: 32]')
            [CompletionResult]::new('--gradient-accumulation-steps', '--gradient-accumulation-steps', [CompletionResultType]::ParameterName, 'Batches in one optimiser step [default: 1]')
            [CompletionResult]::new('--num-train-epochs', '--num-train-epochs', [CompletionResultType]::ParameterName, 'Passes over the training examples; may have a fraction [default: by the recipe: at least 80 steps, 1 to 3 epochs for many texts]')
            [CompletionResult]::new('--max-steps', '--max-steps', [CompletionResultType]::ParameterName, 'Optimiser steps; overrides the epochs [default: by the epochs]')
            [CompletionResult]::new('--group-by-length', '--group-by-length', [CompletionResultType]::ParameterName, 'Whether batches hold texts of similar length, which need less padding (Hugging Face: no) [default: yes]')
            [CompletionResult]::new('--seed', '--seed', [CompletionResultType]::ParameterName, 'Seed of everything random. The same seed gives the same bits on the same device [default: 42]')
            [CompletionResult]::new('--cross-validation-folds', '--cross-validation-folds', [CompletionResultType]::ParameterName, 'Further models, each trained without a part of the texts and scored on it, to estimate how good the kept model is: 0 for none, 1 for one model without a fifth of the texts, otherwise a model for each of this many parts [default: by the recipe]')
            [CompletionResult]::new('--eval-steps', '--eval-steps', [CompletionResultType]::ParameterName, 'Steps between evaluations on the validation examples [default: once an epoch]')
            [CompletionResult]::new('--logging-steps', '--logging-steps', [CompletionResultType]::ParameterName, 'Steps between two reports of the loss [default: 10]')
            [CompletionResult]::new('--load-best-model-at-end', '--load-best-model-at-end', [CompletionResultType]::ParameterName, 'Whether the kept model is that of the best evaluation rather than the last (Hugging Face: no) [default: yes]')
            [CompletionResult]::new('--metric-for-best-model', '--metric-for-best-model', [CompletionResultType]::ParameterName, 'Metric that decides which evaluation is best: accuracy, f1, precision, recall, matthews_correlation or loss for classes; micro_f1, macro_f1, exact_match, precision, recall or loss for several labels a text; pearson, spearman, mse, mae or loss for numbers [default: accuracy for classes, micro_f1 for several labels, spearman for numbers]')
            [CompletionResult]::new('--early-stopping-patience', '--early-stopping-patience', [CompletionResultType]::ParameterName, 'Evaluations without improvement after which the run ends [default: never]')
            [CompletionResult]::new('--early-stopping-threshold', '--early-stopping-threshold', [CompletionResultType]::ParameterName, 'Gain from which on an evaluation counts as an improvement [default: 0.0]')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'subtune;compare' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'TOML file with the same settings (learning_rate = 1e-4); flags override it')
            [CompletionResult]::new('--suite', '--suite', [CompletionResultType]::ParameterName, 'TOML file with several sets of data, [sets.NAME], each with a training file and settings of its own; the settings above them are those of all sets. Each set is compared in a folder of its own, and one table shows all')
            [CompletionResult]::new('--methods', '--methods', [CompletionResultType]::ParameterName, 'Methods to compare, separated by commas; the others are compared with the first [default: full,dps-dense]')
            [CompletionResult]::new('--seeds', '--seeds', [CompletionResultType]::ParameterName, 'Number of runs of each method (with seeds 1, 2, 3...), or the seeds separated by commas [default: 5]')
            [CompletionResult]::new('--train-size', '--train-size', [CompletionResultType]::ParameterName, 'Train on exactly this many random examples, 500 or 1000 in the paper; those neither trained on nor held out are unused')
            [CompletionResult]::new('--transfer-file', '--transfer-file', [CompletionResultType]::ParameterName, 'Labelled text of another kind or origin, on which all models are also scored; can be given several times')
            [CompletionResult]::new('--grid', '--grid', [CompletionResultType]::ParameterName, 'Vary settings of training: every method runs with each combination of the values. The validation chooses the best combination of each method, and only that one is judged on the test examples')
            [CompletionResult]::new('--shard', '--shard', [CompletionResultType]::ParameterName, 'Do a share of the runs, on one of several machines with the same output folder: 0/8 to 7/8, or auto for a task of Slurm, Kubernetes or SkyPilot. --merge then makes the table')
            [CompletionResult]::new('--model', '--model', [CompletionResultType]::ParameterName, 'Hugging Face model folder [default: the bundled all-MiniLM-L6-v2]')
            [CompletionResult]::new('--train-file', '--train-file', [CompletionResultType]::ParameterName, 'File with labelled text: CSV, TSV, JSON, a spreadsheet, Parquet, or an export of a labelling tool [default: the bundled SMS spam sample]')
            [CompletionResult]::new('--validation-file', '--validation-file', [CompletionResultType]::ParameterName, 'Labelled text for choosing the best step [default: a tenth of the training file, if it has over 1500 texts]')
            [CompletionResult]::new('--test-file', '--test-file', [CompletionResultType]::ParameterName, 'Labelled text for the final score [default: a tenth of the training file, if it has over 1500 texts]')
            [CompletionResult]::new('--output-dir', '--output-dir', [CompletionResultType]::ParameterName, 'Folder for the fine-tuned model or the comparison [default: a new folder under runs/]')
            [CompletionResult]::new('--overwrite-output-dir', '--overwrite-output-dir', [CompletionResultType]::ParameterName, 'Whether to write into an output folder that already holds files; a comparison then starts from scratch [default: no]')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'Form of the output [default: text]')
            [CompletionResult]::new('--device', '--device', [CompletionResultType]::ParameterName, 'auto, cpu, gpu, or part of an adapter''s name [default: auto]')
            [CompletionResult]::new('--text-column', '--text-column', [CompletionResultType]::ParameterName, 'Column of the text, by name or by number from 1 [default: by its name or content; asked if that is not clear]')
            [CompletionResult]::new('--pair-column', '--pair-column', [CompletionResultType]::ParameterName, 'Column of the second text of a pair; "" for none [default: by a well-known name only, such as sentence2]')
            [CompletionResult]::new('--label-column', '--label-column', [CompletionResultType]::ParameterName, 'Column of the label, by name or by number from 1; or the names of several columns of 0 and 1, separated by commas, a label each [default: by its name or content; asked if that is not clear]')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'Whether the first row of a table holds the names of its columns [default: by the rows]')
            [CompletionResult]::new('--sheet', '--sheet', [CompletionResultType]::ParameterName, 'Sheet of a workbook, by its name or by its number from 1 [default: the first with rows]')
            [CompletionResult]::new('--task', '--task', [CompletionResultType]::ParameterName, 'The kind of label [default: by the labels: several in a cell are multi-label, numbers with fractions a regression]')
            [CompletionResult]::new('--merge-labels', '--merge-labels', [CompletionResultType]::ParameterName, 'Whether labels that differ only in case, blanks, Unicode form, or like 1 and 1.0, are one class [default: asked in a terminal and on the page, refused elsewhere]')
            [CompletionResult]::new('--validation-split', '--validation-split', [CompletionResultType]::ParameterName, 'Share of the training data to hold out for choosing the best step, if you give no data for that; 0 for none [default: by the recipe]')
            [CompletionResult]::new('--test-split', '--test-split', [CompletionResultType]::ParameterName, 'Share of the training data to hold out for the final score, if you give no data for that; 0 for none [default: by the recipe]')
            [CompletionResult]::new('--max-train-samples', '--max-train-samples', [CompletionResultType]::ParameterName, 'Largest number of examples to train on, chosen at random [default: all]')
            [CompletionResult]::new('--layers', '--layers', [CompletionResultType]::ParameterName, 'Number of first layers of the model to keep [default: all]')
            [CompletionResult]::new('--update-fraction', '--update-fraction', [CompletionResultType]::ParameterName, 'Share of each weight matrix to update in stage II (the paper''s 1 - p) [default: 0.7; 0.01 for sift]')
            [CompletionResult]::new('--update-ratio', '--update-ratio', [CompletionResultType]::ParameterName, 'Length of a stage as a share of all steps [default: 0.05]')
            [CompletionResult]::new('--frozen', '--frozen', [CompletionResultType]::ParameterName, 'Treatment of entries outside the subnetwork [default: reference]')
            [CompletionResult]::new('--lnsr-weight', '--lnsr-weight', [CompletionResultType]::ParameterName, 'Weight of lnsr''s regularisation [default: 1.0]')
            [CompletionResult]::new('--lnsr-std', '--lnsr-std', [CompletionResultType]::ParameterName, 'Standard deviation of lnsr''s noise [default: 0.05]')
            [CompletionResult]::new('--lora-rank', '--lora-rank', [CompletionResultType]::ParameterName, 'Rank of the product of lora and dsee [default: 8]')
            [CompletionResult]::new('--lora-alpha', '--lora-alpha', [CompletionResultType]::ParameterName, 'The factor on the product of lora and dsee, times the rank [default: 16.0]')
            [CompletionResult]::new('--dsee-entries', '--dsee-entries', [CompletionResultType]::ParameterName, 'Entries of each matrix that dsee trains beside the product [default: 64]')
            [CompletionResult]::new('--recipe', '--recipe', [CompletionResultType]::ParameterName, 'The rule that chooses settings you do not give [default: auto]')
            [CompletionResult]::new('--pooling', '--pooling', [CompletionResultType]::ParameterName, 'The rule that makes one vector from a text''s tokens [default: as the model was made for]')
            [CompletionResult]::new('--max-length', '--max-length', [CompletionResultType]::ParameterName, 'Most tokens of a text that the model reads at once [default: 128]')
            [CompletionResult]::new('--long', '--long', [CompletionResultType]::ParameterName, 'The tokens that are read of a longer text [default: head]')
            [CompletionResult]::new('--stage', '--stage', [CompletionResultType]::ParameterName, 'A stage of training before the classifier is fitted [default: none]')
            [CompletionResult]::new('--label-names', '--label-names', [CompletionResultType]::ParameterName, 'Whether the names of the labels serve as further examples when the classifier is first fitted. For names that are words; codes, pairs of texts and a regression are refused [default: no]')
            [CompletionResult]::new('--self-training', '--self-training', [CompletionResultType]::ParameterName, 'Whether rows of the training file that have a text but no label teach the first model [default: auto]')
            [CompletionResult]::new('--class-weights', '--class-weights', [CompletionResultType]::ParameterName, 'Weights of the examples of each class [default: none]')
            [CompletionResult]::new('--learning-rate', '--learning-rate', [CompletionResultType]::ParameterName, 'Peak learning rate [default: 1e-4 up to hidden size 512, 3e-5 up to 768, 2e-5 above]')
            [CompletionResult]::new('--warmup-ratio', '--warmup-ratio', [CompletionResultType]::ParameterName, 'Share of all steps in which the learning rate rises from 0; afterwards it falls linearly to 0 [default: 0.1]')
            [CompletionResult]::new('--weight-decay', '--weight-decay', [CompletionResultType]::ParameterName, 'Weight decay of matrices and embeddings; biases and LayerNorm have none [default: 0.01]')
            [CompletionResult]::new('--max-grad-norm', '--max-grad-norm', [CompletionResultType]::ParameterName, 'Global gradient norm above which gradients are scaled down; 0 for no limit [default: 1.0]')
            [CompletionResult]::new('--adam-beta1', '--adam-beta1', [CompletionResultType]::ParameterName, 'AdamW''s decay of the mean of gradients [default: 0.9]')
            [CompletionResult]::new('--adam-beta2', '--adam-beta2', [CompletionResultType]::ParameterName, 'AdamW''s decay of the mean of squared gradients [default: 0.999]')
            [CompletionResult]::new('--adam-epsilon', '--adam-epsilon', [CompletionResultType]::ParameterName, 'AdamW''s term in the denominator [default: 1e-8]')
            [CompletionResult]::new('--extrapolation', '--extrapolation', [CompletionResultType]::ParameterName, 'How far beyond the weights each gradient is taken, in lengths of the last update; 0 for at the weights [default: 0.0]')
            [CompletionResult]::new('--per-device-train-batch-size', '--per-device-train-batch-size', [CompletionResultType]::ParameterName, 'Texts in a training batch. They are on the device at the same time [default: by the recipe: 8 up to 200 texts, otherwise 16]')
            [CompletionResult]::new('--per-device-eval-batch-size', '--per-device-eval-batch-size', [CompletionResultType]::ParameterName, 'Texts in an evaluation batch [default: 32]')
            [CompletionResult]::new('--gradient-accumulation-steps', '--gradient-accumulation-steps', [CompletionResultType]::ParameterName, 'Batches in one optimiser step [default: 1]')
            [CompletionResult]::new('--num-train-epochs', '--num-train-epochs', [CompletionResultType]::ParameterName, 'Passes over the training examples; may have a fraction [default: by the recipe: at least 80 steps, 1 to 3 epochs for many texts]')
            [CompletionResult]::new('--max-steps', '--max-steps', [CompletionResultType]::ParameterName, 'Optimiser steps; overrides the epochs [default: by the epochs]')
            [CompletionResult]::new('--group-by-length', '--group-by-length', [CompletionResultType]::ParameterName, 'Whether batches hold texts of similar length, which need less padding (Hugging Face: no) [default: yes]')
            [CompletionResult]::new('--cross-validation-folds', '--cross-validation-folds', [CompletionResultType]::ParameterName, 'Further models, each trained without a part of the texts and scored on it, to estimate how good the kept model is: 0 for none, 1 for one model without a fifth of the texts, otherwise a model for each of this many parts [default: by the recipe]')
            [CompletionResult]::new('--eval-steps', '--eval-steps', [CompletionResultType]::ParameterName, 'Steps between evaluations on the validation examples [default: once an epoch]')
            [CompletionResult]::new('--logging-steps', '--logging-steps', [CompletionResultType]::ParameterName, 'Steps between two reports of the loss [default: 10]')
            [CompletionResult]::new('--load-best-model-at-end', '--load-best-model-at-end', [CompletionResultType]::ParameterName, 'Whether the kept model is that of the best evaluation rather than the last (Hugging Face: no) [default: yes]')
            [CompletionResult]::new('--metric-for-best-model', '--metric-for-best-model', [CompletionResultType]::ParameterName, 'Metric that decides which evaluation is best: accuracy, f1, precision, recall, matthews_correlation or loss for classes; micro_f1, macro_f1, exact_match, precision, recall or loss for several labels a text; pearson, spearman, mse, mae or loss for numbers [default: accuracy for classes, micro_f1 for several labels, spearman for numbers]')
            [CompletionResult]::new('--early-stopping-patience', '--early-stopping-patience', [CompletionResultType]::ParameterName, 'Evaluations without improvement after which the run ends [default: never]')
            [CompletionResult]::new('--early-stopping-threshold', '--early-stopping-threshold', [CompletionResultType]::ParameterName, 'Gain from which on an evaluation counts as an improvement [default: 0.0]')
            [CompletionResult]::new('--merge', '--merge', [CompletionResultType]::ParameterName, 'Make the table of the runs that shards have finished so far, and run nothing')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'subtune;evaluate' {
            [CompletionResult]::new('--model', '--model', [CompletionResultType]::ParameterName, 'Folder of a fine-tuned model; with --delta, of the model that was fine-tuned [default: the bundled model]')
            [CompletionResult]::new('--delta', '--delta', [CompletionResultType]::ParameterName, 'File of changes that makes a fine-tuned model of the other one, from subtune export --format delta')
            [CompletionResult]::new('--device', '--device', [CompletionResultType]::ParameterName, 'auto, cpu, gpu, or part of an adapter''s name')
            [CompletionResult]::new('--max-length', '--max-length', [CompletionResultType]::ParameterName, 'Tokens beyond which a text is cut [default: as in training; 128 if the model does not tell]')
            [CompletionResult]::new('--per-device-eval-batch-size', '--per-device-eval-batch-size', [CompletionResultType]::ParameterName, 'Number of texts on the device at a time')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'CSV, TSV or JSONL with labelled text')
            [CompletionResult]::new('--text-column', '--text-column', [CompletionResultType]::ParameterName, 'Column of the text, by name or number [default: guessed]')
            [CompletionResult]::new('--pair-column', '--pair-column', [CompletionResultType]::ParameterName, 'Column of the second text of a pair; "" for none [default: guessed]')
            [CompletionResult]::new('--label-column', '--label-column', [CompletionResultType]::ParameterName, 'Column of the label [default: guessed]')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'Whether the first row of a table holds the names of its columns [default: by the rows]')
            [CompletionResult]::new('--sheet', '--sheet', [CompletionResultType]::ParameterName, 'Sheet of a workbook, by its name or its number from 1 [default: the first with a table]')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'Form of the scores')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'subtune;predict' {
            [CompletionResult]::new('--model', '--model', [CompletionResultType]::ParameterName, 'Folder of a fine-tuned model; with --delta, of the model that was fine-tuned [default: the bundled model]')
            [CompletionResult]::new('--delta', '--delta', [CompletionResultType]::ParameterName, 'File of changes that makes a fine-tuned model of the other one, from subtune export --format delta')
            [CompletionResult]::new('--device', '--device', [CompletionResultType]::ParameterName, 'auto, cpu, gpu, or part of an adapter''s name')
            [CompletionResult]::new('--max-length', '--max-length', [CompletionResultType]::ParameterName, 'Tokens beyond which a text is cut [default: as in training; 128 if the model does not tell]')
            [CompletionResult]::new('--per-device-eval-batch-size', '--per-device-eval-batch-size', [CompletionResultType]::ParameterName, 'Number of texts on the device at a time')
            [CompletionResult]::new('--pair', '--pair', [CompletionResultType]::ParameterName, 'Second text of a pair, if one text is given')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'CSV, TSV or JSONL with texts to label: every row comes out in its place, with its other columns and the new columns label and probability, or value')
            [CompletionResult]::new('--text-column', '--text-column', [CompletionResultType]::ParameterName, 'Column of the text, by name or number [default: as in training, otherwise guessed]')
            [CompletionResult]::new('--pair-column', '--pair-column', [CompletionResultType]::ParameterName, 'Column of the second text of a pair; "" for none [default: as in training, otherwise guessed]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'File for the rows of --file: .csv, .tsv, .jsonl or .parquet. It appears once it is complete [default: CSV on standard output; JSON Lines with --log-format json]')
            [CompletionResult]::new('--shard', '--shard', [CompletionResultType]::ParameterName, 'Label a share of the rows of --file, on one of several machines: 0/8 to 7/8, or auto for a task of Slurm, Kubernetes or SkyPilot. Shard 0 has the first rows, shard 1 those that follow')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'Form of the answers for texts from the command line and standard input. text: label, probability and text separated by tabs; json: one object per line with all probabilities')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'Whether the first row of a table holds the names of its columns [default: by the rows]')
            [CompletionResult]::new('--sheet', '--sheet', [CompletionResultType]::ParameterName, 'Sheet of a workbook, by its name or its number from 1 [default: the first with a table]')
            [CompletionResult]::new('--overwrite', '--overwrite', [CompletionResultType]::ParameterName, 'Replace the output file if it exists')
            [CompletionResult]::new('--probabilities', '--probabilities', [CompletionResultType]::ParameterName, 'With --file: the probability of every class too')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'subtune;suggest' {
            [CompletionResult]::new('--model', '--model', [CompletionResultType]::ParameterName, 'Folder of a model that turns texts into vectors; it need not be fine-tuned [default: the bundled model]')
            [CompletionResult]::new('--device', '--device', [CompletionResultType]::ParameterName, 'auto, cpu, gpu, or part of an adapter''s name')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'CSV, TSV or JSONL with texts, of which some may have a label')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Number of texts to label next')
            [CompletionResult]::new('--number', '--number', [CompletionResultType]::ParameterName, 'Number of texts to label next')
            [CompletionResult]::new('--text-column', '--text-column', [CompletionResultType]::ParameterName, 'Column of the text, by name or number [default: guessed]')
            [CompletionResult]::new('--pair-column', '--pair-column', [CompletionResultType]::ParameterName, 'Column of the second text of a pair; "" for none [default: guessed]')
            [CompletionResult]::new('--label-column', '--label-column', [CompletionResultType]::ParameterName, 'Column of the label [default: guessed]')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'Whether the first row of a table holds the names of its columns [default: by the rows]')
            [CompletionResult]::new('--sheet', '--sheet', [CompletionResultType]::ParameterName, 'Sheet of a workbook, by its name or its number from 1 [default: the first with a table]')
            [CompletionResult]::new('--seed', '--seed', [CompletionResultType]::ParameterName, 'Seed of the choice; the same seed gives the same texts')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'subtune;doctor' {
            [CompletionResult]::new('--device', '--device', [CompletionResultType]::ParameterName, 'gpu, cpu, or part of an adapter''s name [default: the CPU and every real GPU]')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'text: for people; json: one object')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'subtune;export' {
            [CompletionResult]::new('--model', '--model', [CompletionResultType]::ParameterName, 'Hugging Face model folder; with --delta, of the model that was fine-tuned [default: the bundled model]')
            [CompletionResult]::new('--delta', '--delta', [CompletionResultType]::ParameterName, 'File of changes that makes a fine-tuned model of the other one, from subtune export --format delta')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Folder to write, or the file of a delta; must not exist')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'safetensors: for Python''s transformers and subtune; onnx: for ONNX Runtime and transformers.js; delta: a file of what changed of --base, for subtune')
            [CompletionResult]::new('--dtype', '--dtype', [CompletionResultType]::ParameterName, 'Numbers of the weights; q8 is for onnx alone')
            [CompletionResult]::new('--base', '--base', [CompletionResultType]::ParameterName, 'With --format delta: folder of the model that was fine-tuned [default: the bundled model]')
            [CompletionResult]::new('--texts', '--texts', [CompletionResultType]::ParameterName, 'File with the texts that must be predicted as before')
            [CompletionResult]::new('--trim-vocabulary', '--trim-vocabulary', [CompletionResultType]::ParameterName, 'Keep only the tokens that the texts of --texts use: those are predicted as before, others may be read in smaller pieces')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'subtune;ui' {
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'Port of 127.0.0.1 [default: a free one]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Folder for what the page keeps: interrupted trainings, models and labels [default: subtune/ where this system keeps the data of programs]')
            [CompletionResult]::new('--site', '--site', [CompletionResultType]::ParameterName, 'Folder of a built page, www/site [default: the page inside the program]')
            [CompletionResult]::new('--no-open', '--no-open', [CompletionResultType]::ParameterName, 'Do not open a browser')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'subtune;help' {
            [CompletionResult]::new('train', 'train', [CompletionResultType]::ParameterValue, 'Fine-tune a model on a file of labelled text (without options: the bundled model on the bundled sample)')
            [CompletionResult]::new('compare', 'compare', [CompletionResultType]::ParameterValue, 'Train with several methods on the same splits and seeds, and tell which is better and how certain that is')
            [CompletionResult]::new('evaluate', 'evaluate', [CompletionResultType]::ParameterValue, 'Score a fine-tuned model on a labelled file')
            [CompletionResult]::new('predict', 'predict', [CompletionResultType]::ParameterValue, 'Label texts: from the command line, a file, or standard input')
            [CompletionResult]::new('suggest', 'suggest', [CompletionResultType]::ParameterValue, 'Name the texts of a file to label next, so that each label teaches the most')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Examine the devices: do they compute correctly, how fast is a step, which one to use')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Write a model folder for another program or in another number format')
            [CompletionResult]::new('ui', 'ui', [CompletionResultType]::ParameterValue, 'Open the page in a browser, to label, train and use models with the mouse, at the speed of this program')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'subtune;help;train' {
            break
        }
        'subtune;help;compare' {
            break
        }
        'subtune;help;evaluate' {
            break
        }
        'subtune;help;predict' {
            break
        }
        'subtune;help;suggest' {
            break
        }
        'subtune;help;doctor' {
            break
        }
        'subtune;help;export' {
            break
        }
        'subtune;help;ui' {
            break
        }
        'subtune;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
