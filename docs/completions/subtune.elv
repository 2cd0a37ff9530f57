
use builtin;
use str;

set edit:completion:arg-completer[subtune] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'subtune'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'subtune'= {
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
            cand train 'Fine-tune a model on a file of labelled text (without options: the bundled model on the bundled sample)'
            cand compare 'Train with several methods on the same splits and seeds, and tell which is better and how certain that is'
            cand evaluate 'Score a fine-tuned model on a labelled file'
            cand predict 'Label texts: from the command line, a file, or standard input'
            cand suggest 'Name the texts of a file to label next, so that each label teaches the most'
            cand doctor 'Examine the devices: do they compute correctly, how fast is a step, which one to use'
            cand export 'Write a model folder for another program or in another number format'
            cand ui 'Open the page in a browser, to label, train and use models with the mouse, at the speed of this program'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'subtune;train'= {
            cand --config 'TOML file with the same settings (learning_rate = 1e-4); flags override it'
            cand --resume 'Continue from the last checkpoint in this output folder, or from this checkpoint [default: the output folder of the other options]. All settings come from the checkpoint and need not be given again; files may have moved, and --device, --log-format and the options on checkpoints may differ'
            cand --model 'Hugging Face model folder [default: the bundled all-MiniLM-L6-v2]'
            cand --train-file 'File with labelled text: CSV, TSV, JSON, a spreadsheet, Parquet, or an export of a labelling tool [default: the bundled SMS spam sample]'
            cand --validation-file 'Labelled text for choosing the best step [default: a tenth of the training file, if it has over 1500 texts]'
            cand --test-file 'Labelled text for the final score [default: a tenth of the training file, if it has over 1500 texts]'
            cand --output-dir 'Folder for the fine-tuned model or the comparison [default: a new folder under runs/]'
            cand --output-suspects 'CSV file for the texts whose label is probably wrong, the most doubtful first: to be corrected and trained again. For one class a text [default: not looked for]'
            cand --overwrite-output-dir 'Whether to write into an output folder that already holds files; a comparison then starts from scratch [default: no]'
            cand --log-dir 'Folder for an event file of TensorBoard, with the curves of the run [default: none]'
            cand --log-format 'Form of the output [default: text]'
            cand --save-steps 'Steps between checkpoints [default: one every five minutes]'
            cand --save-total-limit 'Number of checkpoints to keep, the last ones [default: 2]'
            cand --keep-checkpoints 'Whether to keep the checkpoints once the run is complete [default: no]'
            cand --device 'auto, cpu, gpu, or part of an adapter''s name [default: auto]'
            cand --text-column 'Column of the text, by name or by number from 1 [default: by its name or content; asked if that is not clear]'
            cand --pair-column 'Column of the second text of a pair; "" for none [default: by a well-known name only, such as sentence2]'
            cand --label-column 'Column of the label, by name or by number from 1; or the names of several columns of 0 and 1, separated by commas, a label each [default: by its name or content; asked if that is not clear]'
            cand --header 'Whether the first row of a table holds the names of its columns [default: by the rows]'
            cand --sheet 'Sheet of a workbook, by its name or by its number from 1 [default: the first with rows]'
            cand --task 'The kind of label [default: by the labels: several in a cell are multi-label, numbers with fractions a regression]'
            cand --merge-labels 'Whether labels that differ only in case, blanks, Unicode form, or like 1 and 1.0, are one class [default: asked in a terminal and on the page, refused elsewhere]'
            cand --validation-split 'Share of the training data to hold out for choosing the best step, if you give no data for that; 0 for none [default: by the recipe]'
            cand --test-split 'Share of the training data to hold out for the final score, if you give no data for that; 0 for none [default: by the recipe]'
            cand --max-train-samples 'Largest number of examples to train on, chosen at random [default: all]'
            cand --layers 'Number of first layers of the model to keep [default: all]'
            cand --method 'The parameters to update [default: dps-dense]'
            cand --update-fraction 'Share of each weight matrix to update in stage II (the paper''s 1 - p) [default: 0.7; 0.01 for sift]'
            cand --update-ratio 'Length of a stage as a share of all steps [default: 0.05]'
            cand --frozen 'Treatment of entries outside the subnetwork [default: reference]'
            cand --lnsr-weight 'Weight of lnsr''s regularisation [default: 1.0]'
            cand --lnsr-std 'Standard deviation of lnsr''s noise [default: 0.05]'
            cand --lora-rank 'Rank of the product of lora and dsee [default: 8]'
            cand --lora-alpha 'The factor on the product of lora and dsee, times the rank [default: 16.0]'
            cand --dsee-entries 'Entries of each matrix that dsee trains beside the product [default: 64]'
            cand --recipe 'The rule that chooses settings you do not give [default: auto]'
            cand --pooling 'The rule that makes one vector from a text''s tokens [default: as the model was made for]'
            cand --max-length 'Most tokens of a text that the model reads at once [default: 128]'
            cand --long 'The tokens that are read of a longer text [default: head]'
            cand --stage 'A stage of training before the classifier is fitted [default: none]'
            cand --label-names 'Whether the names of the labels serve as further examples when the classifier is first fitted. For names that are words; codes, pairs of texts and a regression are refused [default: no]'
            cand --self-training 'Whether rows of the training file that have a text but no label teach the first model [default: auto]'
            cand --class-weights 'Weights of the examples of each class [default: none]'
            cand --learning-rate 'Peak learning rate [default: 1e-4 up to hidden size 512, 3e-5 up to 768, 2e-5 above]'
            cand --warmup-ratio 'Share of all steps in which the learning rate rises from 0; afterwards it falls linearly to 0 [default: 0.1]'
            cand --weight-decay 'Weight decay of matrices and embeddings; biases and LayerNorm have none [default: 0.01]'
            cand --max-grad-norm 'Global gradient norm above which gradients are scaled down; 0 for no limit [default: 1.0]'
            cand --adam-beta1 'AdamW''s decay of the mean of gradients [default: 0.9]'
            cand --adam-beta2 'AdamW''s decay of the mean of squared gradients [default: 0.999]'
            cand --adam-epsilon 'AdamW''s term in the denominator [default: 1e-8]'
            cand --extrapolation 'How far beyond the weights each gradient is taken, in lengths of the last update; 0 for at the weights [default: 0.0]'
            cand --per-device-train-batch-size 'Texts in a training batch. They are on the device at the same time [default: by the recipe: 8 up to 200 texts, otherwise 16]'
            cand --per-device-eval-batch-size 'Texts in an evaluation batch [default: 32]'
            cand --gradient-accumulation-steps 'Batches in one optimiser step [default: 1]'
            cand --num-train-epochs 'Passes over the training examples; may have a fraction [default: by the recipe: at least 80 steps, 1 to 3 epochs for many texts]'
            cand --max-steps 'Optimiser steps; overrides the epochs [default: by the epochs]'
            cand --group-by-length 'Whether batches hold texts of similar length, which need less padding (Hugging Face: no) [default: yes]'
            cand --seed 'Seed of everything random. The same seed gives the same bits on the same device [default: 42]'
            cand --cross-validation-folds 'Further models, each trained without a part of the texts and scored on it, to estimate how good the kept model is: 0 for none, 1 for one model without a fifth of the texts, otherwise a model for each of this many parts [default: by the recipe]'
            cand --eval-steps 'Steps between evaluations on the validation examples [default: once an epoch]'
            cand --logging-steps 'Steps between two reports of the loss [default: 10]'
            cand --load-best-model-at-end 'Whether the kept model is that of the best evaluation rather than the last (Hugging Face: no) [default: yes]'
            cand --metric-for-best-model 'Metric that decides which evaluation is best: accuracy, f1, precision, recall, matthews_correlation or loss for classes; micro_f1, macro_f1, exact_match, precision, recall or loss for several labels a text; pearson, spearman, mse, mae or loss for numbers [default: accuracy for classes, micro_f1 for several labels, spearman for numbers]'
            cand --early-stopping-patience 'Evaluations without improvement after which the run ends [default: never]'
            cand --early-stopping-threshold 'Gain from which on an evaluation counts as an improvement [default: 0.0]'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'subtune;compare'= {
            cand --config 'TOML file with the same settings (learning_rate = 1e-4); flags override it'
            cand --suite 'TOML file with several sets of data, [sets.NAME], each with a training file and settings of its own; the settings above them are those of all sets. Each set is compared in a folder of its own, and one table shows all'
            cand --methods 'Methods to compare, separated by commas; the others are compared with the first [default: full,dps-dense]'
            cand --seeds 'Number of runs of each method (with seeds 1, 2, 3...), or the seeds separated by commas [default: 5]'
            cand --train-size 'Train on exactly this many random examples, 500 or 1000 in the paper; those neither trained on nor held out are unused'
            cand --transfer-file 'Labelled text of another kind or origin, on which all models are also scored; can be given several times'
            cand --grid 'Vary settings of training: every method runs with each combination of the values. The validation chooses the best combination of each method, and only that one is judged on the test examples'
            cand --shard 'Do a share of the runs, on one of several machines with the same output folder: 0/8 to 7/8, or auto for a task of Slurm, Kubernetes or SkyPilot. --merge then makes the table'
            cand --model 'Hugging Face model folder [default: the bundled all-MiniLM-L6-v2]'
            cand --train-file 'File with labelled text: CSV, TSV, JSON, a spreadsheet, Parquet, or an export of a labelling tool [default: the bundled SMS spam sample]'
            cand --validation-file 'Labelled text for choosing the best step [default: a tenth of the training file, if it has over 1500 texts]'
            cand --test-file 'Labelled text for the final score [default: a tenth of the training file, if it has over 1500 texts]'
            cand --output-dir 'Folder for the fine-tuned model or the comparison [default: a new folder under runs/]'
            cand --overwrite-output-dir 'Whether to write into an output folder that already holds files; a comparison then starts from scratch [default: no]'
            cand --log-format 'Form of the output [default: text]'
            cand --device 'auto, cpu, gpu, or part of an adapter''s name [default: auto]'
            cand --text-column 'Column of the text, by name or by number from 1 [default: by its name or content; asked if that is not clear]'
            cand --pair-column 'Column of the second text of a pair; "" for none [default: by a well-known name only, such as sentence2]'
            cand --label-column 'Column of the label, by name or by number from 1; or the names of several columns of 0 and 1, separated by commas, a label each [default: by its name or content; asked if that is not clear]'
            cand --header 'Whether the first row of a table holds the names of its columns [default: by the rows]'
            cand --sheet 'Sheet of a workbook, by its name or by its number from 1 [default: the first with rows]'
            cand --task 'The kind of label [default: by the labels: several in a cell are multi-label, numbers with fractions a regression]'
            cand --merge-labels 'Whether labels that differ only in case, blanks, Unicode form, or like 1 and 1.0, are one class [default: asked in a terminal and on the page, refused elsewhere]'
            cand --validation-split 'Share of the training data to hold out for choosing the best step, if you give no data for that; 0 for none [default: by the recipe]'
            cand --test-split 'Share of the training data to hold out for the final score, if you give no data for that; 0 for none [default: by the recipe]'
            cand --max-train-samples 'Largest number of examples to train on, chosen at random [default: all]'
            cand --layers 'Number of first layers of the model to keep [default: all]'
            cand --update-fraction 'Share of each weight matrix to update in stage II (the paper''s 1 - p) [default: 0.7; 0.01 for sift]'
            cand --update-ratio 'Length of a stage as a share of all steps [default: 0.05]'
            cand --frozen 'Treatment of entries outside the subnetwork [default: reference]'
            cand --lnsr-weight 'Weight of lnsr''s regularisation [default: 1.0]'
            cand --lnsr-std 'Standard deviation of lnsr''s noise [default: 0.05]'
            cand --lora-rank 'Rank of the product of lora and dsee [default: 8]'
            cand --lora-alpha 'The factor on the product of lora and dsee, times the rank [default: 16.0]'
            cand --dsee-entries 'Entries of each matrix that dsee trains beside the product [default: 64]'
            cand --recipe 'The rule that chooses settings you do not give [default: auto]'
            cand --pooling 'The rule that makes one vector from a text''s tokens [default: as the model was made for]'
            cand --max-length 'Most tokens of a text that the model reads at once [default: 128]'
            cand --long 'The tokens that are read of a longer text [default: head]'
            cand --stage 'A stage of training before the classifier is fitted [default: none]'
            cand --label-names 'Whether the names of the labels serve as further examples when the classifier is first fitted. For names that are words; codes, pairs of texts and a regression are refused [default: no]'
            cand --self-training 'Whether rows of the training file that have a text but no label teach the first model [default: auto]'
            cand --class-weights 'Weights of the examples of each class [default: none]'
            cand --learning-rate 'Peak learning rate [default: 1e-4 up to hidden size 512, 3e-5 up to 768, 2e-5 above]'
            cand --warmup-ratio 'Share of all steps in which the learning rate rises from 0; afterwards it falls linearly to 0 [default: 0.1]'
            cand --weight-decay 'Weight decay of matrices and embeddings; biases and LayerNorm have none [default: 0.01]'
            cand --max-grad-norm 'Global gradient norm above which gradients are scaled down; 0 for no limit [default: 1.0]'
            cand --adam-beta1 'AdamW''s decay of the mean of gradients [default: 0.9]'
            cand --adam-beta2 'AdamW''s decay of the mean of squared gradients [default: 0.999]'
            cand --adam-epsilon 'AdamW''s term in the denominator [default: 1e-8]'
            cand --extrapolation 'How far beyond the weights each gradient is taken, in lengths of the last update; 0 for at the weights [default: 0.0]'
            cand --per-device-train-batch-size 'Texts in a training batch. They are on the device at the same time [default: by the recipe: 8 up to 200 texts, otherwise 16]'
            cand --per-device-eval-batch-size 'Texts in an evaluation batch [default: 32]'
            cand --gradient-accumulation-steps 'Batches in one optimiser step [default: 1]'
            cand --num-train-epochs 'Passes over the training examples; may have a fraction [default: by the recipe: at least 80 steps, 1 to 3 epochs for many texts]'
            cand --max-steps 'Optimiser steps; overrides the epochs [default: by the epochs]'
            cand --group-by-length 'Whether batches hold texts of similar length, which need less padding (Hugging Face: no) [default: yes]'
            cand --cross-validation-folds 'Further models, each trained without a part of the texts and scored on it, to estimate how good the kept model is: 0 for none, 1 for one model without a fifth of the texts, otherwise a model for each of this many parts [default: by the recipe]'
            cand --eval-steps 'Steps between evaluations on the validation examples [default: once an epoch]'
            cand --logging-steps 'Steps between two reports of the loss [default: 10]'
            cand --load-best-model-at-end 'Whether the kept model is that of the best evaluation rather than the last (Hugging Face: no) [default: yes]'
            cand --metric-for-best-model 'Metric that decides which evaluation is best: accuracy, f1, precision, recall, matthews_correlation or loss for classes; micro_f1, macro_f1, exact_match, precision, recall or loss for several labels a text; pearson, spearman, mse, mae or loss for numbers [default: accuracy for classes, micro_f1 for several labels, spearman for numbers]'
            cand --early-stopping-patience 'Evaluations without improvement after which the run ends [default: never]'
            cand --early-stopping-threshold 'Gain from which on an evaluation counts as an improvement [default: 0.0]'
            cand --merge 'Make the table of the runs that shards have finished so far, and run nothing'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'subtune;evaluate'= {
            cand --model 'Folder of a fine-tuned model; with --delta, of the model that was fine-tuned [default: the bundled model]'
            cand --delta 'File of changes that makes a fine-tuned model of the other one, from subtune export --format delta'
            cand --device 'auto, cpu, gpu, or part of an adapter''s name'
            cand --max-length 'Tokens beyond which a text is cut [default: as in training; 128 if the model does not tell]'
            cand --per-device-eval-batch-size 'Number of texts on the device at a time'
            cand --file 'CSV, TSV or JSONL with labelled text'
            cand --text-column 'Column of the text, by name or number [default: guessed]'
            cand --pair-column 'Column of the second text of a pair; "" for none [default: guessed]'
            cand --label-column 'Column of the label [default: guessed]'
            cand --header 'Whether the first row of a table holds the names of its columns [default: by the rows]'
            cand --sheet 'Sheet of a workbook, by its name or its number from 1 [default: the first with a table]'
            cand --log-format 'Form of the scores'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'subtune;predict'= {
            cand --model 'Folder of a fine-tuned model; with --delta, of the model that was fine-tuned [default: the bundled model]'
            cand --delta 'File of changes that makes a fine-tuned model of the other one, from subtune export --format delta'
            cand --device 'auto, cpu, gpu, or part of an adapter''s name'
            cand --max-length 'Tokens beyond which a text is cut [default: as in training; 128 if the model does not tell]'
            cand --per-device-eval-batch-size 'Number of texts on the device at a time'
            cand --pair 'Second text of a pair, if one text is given'
            cand --file 'CSV, TSV or JSONL with texts to label: every row comes out in its place, with its other columns and the new columns label and probability, or value'
            cand --text-column 'Column of the text, by name or number [default: as in training, otherwise guessed]'
            cand --pair-column 'Column of the second text of a pair; "" for none [default: as in training, otherwise guessed]'
            cand --output 'File for the rows of --file: .csv, .tsv, .jsonl or .parquet. It appears once it is complete [default: CSV on standard output; JSON Lines with --log-format json]'
            cand --shard 'Label a share of the rows of --file, on one of several machines: 0/8 to 7/8, or auto for a task of Slurm, Kubernetes or SkyPilot. Shard 0 has the first rows, shard 1 those that follow'
            cand --log-format 'Form of the answers for texts from the command line and standard input. text: label, probability and text separated by tabs; json: one object per line with all probabilities'
            cand --header 'Whether the first row of a table holds the names of its columns [default: by the rows]'
            cand --sheet 'Sheet of a workbook, by its name or its number from 1 [default: the first with a table]'
            cand --overwrite 'Replace the output file if it exists'
            cand --probabilities 'With --file: the probability of every class too'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'subtune;suggest'= {
            cand --model 'Folder of a model that turns texts into vectors; it need not be fine-tuned [default: the bundled model]'
            cand --device 'auto, cpu, gpu, or part of an adapter''s name'
            cand --file 'CSV, TSV or JSONL with texts, of which some may have a label'
            cand -n 'Number of texts to label next'
            cand --number 'Number of texts to label next'
            cand --text-column 'Column of the text, by name or number [default: guessed]'
            cand --pair-column 'Column of the second text of a pair; "" for none [default: guessed]'
            cand --label-column 'Column of the label [default: guessed]'
            cand --header 'Whether the first row of a table holds the names of its columns [default: by the rows]'
            cand --sheet 'Sheet of a workbook, by its name or its number from 1 [default: the first with a table]'
            cand --seed 'Seed of the choice; the same seed gives the same texts'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'subtune;doctor'= {
            cand --device 'gpu, cpu, or part of an adapter''s name [default: the CPU and every real GPU]'
            cand --log-format 'text: for people; json: one object'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'subtune;export'= {
            cand --model 'Hugging Face model folder; with --delta, of the model that was fine-tuned [default: the bundled model]'
            cand --delta 'File of changes that makes a fine-tuned model of the other one, from subtune export --format delta'
            cand --output 'Folder to write, or the file of a delta; must not exist'
            cand --format 'safetensors: for Python''s transformers and subtune; onnx: for ONNX Runtime and transformers.js; delta: a file of what changed of --base, for subtune'
            cand --dtype 'Numbers of the weights; q8 is for onnx alone'
            cand --base 'With --format delta: folder of the model that was fine-tuned [default: the bundled model]'
            cand --texts 'File with the texts that must be predicted as before'
            cand --trim-vocabulary 'Keep only the tokens that the texts of --texts use: those are predicted as before, others may be read in smaller pieces'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'subtune;ui'= {
            cand --port 'Port of 127.0.0.1 [default: a free one]'
            cand --data-dir 'Folder for what the page keeps: interrupted trainings, models and labels [default: subtune/ where this system keeps the data of programs]'
            cand --site 'Folder of a built page, www/site [default: the page inside the program]'
            cand --no-open 'Do not open a browser'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'subtune;help'= {
            cand train 'Fine-tune a model on a file of labelled text (without options: the bundled model on the bundled sample)'
            cand compare 'Train with several methods on the same splits and seeds, and tell which is better and how certain that is'
            cand evaluate 'Score a fine-tuned model on a labelled file'
            cand predict 'Label texts: from the command line, a file, or standard input'
            cand suggest 'Name the texts of a file to label next, so that each label teaches the most'
            cand doctor 'Examine the devices: do they compute correctly, how fast is a step, which one to use'
            cand export 'Write a model folder for another program or in another number format'
            cand ui 'Open the page in a browser, to label, train and use models with the mouse, at the speed of this program'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'subtune;help;train'= {
        }
        &'subtune;help;compare'= {
        }
        &'subtune;help;evaluate'= {
        }
        &'subtune;help;predict'= {
        }
        &'subtune;help;suggest'= {
        }
        &'subtune;help;doctor'= {
        }
        &'subtune;help;export'= {
        }
        &'subtune;help;ui'= {
        }
        &'subtune;help;help'= {
        }
    ]
    $completions[$command]
}
