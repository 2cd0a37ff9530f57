
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
            cand compare 'Train with several methods on the same splits and seeds, and say which is better and how surely'
            cand evaluate 'Score a fine-tuned model on a labelled file'
            cand predict 'Label texts: from the command line, a file, or standard input'
            cand doctor 'Examine the devices: do they compute rightly, how fast is a step, which one to use'
            cand export 'Write a model folder in another number format'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'subtune;train'= {
            cand --config 'TOML file with the same settings (learning_rate = 1e-4); flags override it'
            cand --resume 'Go on from the last checkpoint in this output folder, or from this checkpoint [default: the output folder of the other options]. All settings are those of the checkpoint and need not be given again; files may have moved, and --device, --log-format and the options on checkpoints may be others'
            cand --model 'Hugging Face model folder [default: the bundled all-MiniLM-L6-v2]'
            cand --train-file 'File with labelled text: CSV, TSV, JSON, a spreadsheet, Parquet, or an export of a labelling tool [default: the bundled SMS spam sample]'
            cand --validation-file 'Labelled text to choose the best step by [default: a tenth of the training file, if it has over 1500 texts]'
            cand --test-file 'Labelled text for the final score [default: a tenth of the training file, if it has over 1500 texts]'
            cand --output-dir 'Folder that the fine-tuned model, or the comparison, is written to [default: a new folder under runs/]'
            cand --overwrite-output-dir 'Whether to write into an output folder that holds files already; a comparison then begins anew [default: no]'
            cand --log-format 'How the run is shown [default: text]'
            cand --save-steps 'Steps between checkpoints [default: one every five minutes]'
            cand --save-total-limit 'How many checkpoints are kept, the last ones [default: 2]'
            cand --keep-checkpoints 'Whether the checkpoints stay when the run is complete [default: no]'
            cand --device 'auto, cpu, gpu, or part of an adapter''s name [default: auto]'
            cand --text-column 'Column of the text, by name or by number from 1 [default: by its name or content; asked where that is not clear]'
            cand --pair-column 'Column of the second text of a pair; "" for none [default: by a well-known name only, such as sentence2]'
            cand --label-column 'Column of the label, by name or by number from 1 [default: by its name or content; asked where that is not clear]'
            cand --header 'Whether the first row of a table holds the names of its columns [default: by the rows]'
            cand --sheet 'Sheet of a workbook, by its name or by its number from 1 [default: the first with rows]'
            cand --task 'What a label is [default: by the labels: numbers with fractions make a regression]'
            cand --merge-labels 'Whether labels are one class that differ only in case, blanks, Unicode form or as 1 and 1.0 do [default: asked in a terminal and on the page, refused elsewhere]'
            cand --validation-split 'Share of the training data that is held out to choose the best step by, where no data is given for that; 0 for none [default: by the recipe]'
            cand --test-split 'Share of the training data that is held out for the final score, where no data is given for that; 0 for none [default: by the recipe]'
            cand --max-train-samples 'Random examples to train on at most [default: all]'
            cand --layers 'Layers of the model to keep, the first ones [default: all]'
            cand --method 'What is updated [default: dps-dense]'
            cand --update-fraction 'Share of each weight matrix that is updated in stage II (the paper''s 1 - p) [default: 0.7]'
            cand --update-ratio 'Length of a stage as a share of all steps [default: 0.05]'
            cand --frozen 'What happens to entries outside the subnetwork [default: reference]'
            cand --recipe 'How settings that are not given are chosen [default: auto]'
            cand --pooling 'How one vector is made of a text''s tokens [default: as the model was made for]'
            cand --max-length 'Tokens beyond which a text is cut [default: 128]'
            cand --stage 'What is trained before the classifier is fitted [default: none]'
            cand --label-names 'Whether the names of the labels are further examples when the classifier is first fitted. For names that are words; codes, pairs of texts and a regression are refused [default: no]'
            cand --class-weights 'How much the examples of each class count [default: none]'
            cand --learning-rate 'Peak learning rate [default: 1e-4 up to hidden size 512, 3e-5 up to 768, 2e-5 above]'
            cand --warmup-ratio 'Share of all steps in which the learning rate rises from 0; after them it falls linearly to 0 [default: 0.1]'
            cand --weight-decay 'Weight decay of matrices and embeddings; biases and LayerNorm have none [default: 0.01]'
            cand --max-grad-norm 'Global gradient norm above which gradients are scaled down; 0 for no limit [default: 1.0]'
            cand --adam-beta1 'AdamW''s decay of the mean of gradients [default: 0.9]'
            cand --adam-beta2 'AdamW''s decay of the mean of squared gradients [default: 0.999]'
            cand --adam-epsilon 'AdamW''s term in the denominator [default: 1e-8]'
            cand --per-device-train-batch-size 'Texts in a training batch, which are on the device at the same time [default: by the recipe: 8 up to 200 texts, else 16]'
            cand --per-device-eval-batch-size 'Texts in a batch when evaluating [default: 32]'
            cand --gradient-accumulation-steps 'Batches in one optimizer step [default: 1]'
            cand --num-train-epochs 'Passes over the training examples; may have a fraction [default: by the recipe: at least 80 steps, 1 to 3 epochs for many texts]'
            cand --max-steps 'Optimizer steps; overrides the epochs [default: by the epochs]'
            cand --group-by-length 'Whether batches hold texts of similar length, which pads less (Hugging Face: no) [default: yes]'
            cand --seed 'Seed of everything random. The same seed gives the same bits on the same device [default: 42]'
            cand --cross-validation-folds 'Further models that are trained without a part of the texts, to tell how good the kept one is: 0 for none, 1 for one model without a fifth of them, else one model for each of so many parts [default: by the recipe]'
            cand --eval-steps 'Steps between evaluations on the validation examples [default: once an epoch]'
            cand --logging-steps 'Steps between two reports of the loss [default: 10]'
            cand --load-best-model-at-end 'Whether the kept model is that of the best evaluation rather than the last (Hugging Face: no) [default: yes]'
            cand --metric-for-best-model 'The metric that decides which evaluation is best: accuracy, f1, precision, recall, matthews_correlation or loss for classes; pearson, spearman, mse, mae or loss for numbers [default: accuracy for classes, spearman for numbers]'
            cand --early-stopping-patience 'Evaluations without improvement after which the run ends [default: never]'
            cand --early-stopping-threshold 'What an evaluation must gain to count as an improvement [default: 0.0]'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'subtune;compare'= {
            cand --config 'TOML file with the same settings (learning_rate = 1e-4); flags override it'
            cand --methods 'Methods to compare, separated by commas; the others are compared with the first [default: full,dps-dense]'
            cand --seeds 'How many times each method is trained (with seeds 1, 2, 3...), or the seeds separated by commas [default: 5]'
            cand --train-size 'Train on exactly so many random examples, 500 or 1000 in the paper; the rest that is not held out is not used'
            cand --transfer-file 'Labelled text of another kind or origin, to score all models on too; can be given several times'
            cand --model 'Hugging Face model folder [default: the bundled all-MiniLM-L6-v2]'
            cand --train-file 'File with labelled text: CSV, TSV, JSON, a spreadsheet, Parquet, or an export of a labelling tool [default: the bundled SMS spam sample]'
            cand --validation-file 'Labelled text to choose the best step by [default: a tenth of the training file, if it has over 1500 texts]'
            cand --test-file 'Labelled text for the final score [default: a tenth of the training file, if it has over 1500 texts]'
            cand --output-dir 'Folder that the fine-tuned model, or the comparison, is written to [default: a new folder under runs/]'
            cand --overwrite-output-dir 'Whether to write into an output folder that holds files already; a comparison then begins anew [default: no]'
            cand --log-format 'How the run is shown [default: text]'
            cand --device 'auto, cpu, gpu, or part of an adapter''s name [default: auto]'
            cand --text-column 'Column of the text, by name or by number from 1 [default: by its name or content; asked where that is not clear]'
            cand --pair-column 'Column of the second text of a pair; "" for none [default: by a well-known name only, such as sentence2]'
            cand --label-column 'Column of the label, by name or by number from 1 [default: by its name or content; asked where that is not clear]'
            cand --header 'Whether the first row of a table holds the names of its columns [default: by the rows]'
            cand --sheet 'Sheet of a workbook, by its name or by its number from 1 [default: the first with rows]'
            cand --task 'What a label is [default: by the labels: numbers with fractions make a regression]'
            cand --merge-labels 'Whether labels are one class that differ only in case, blanks, Unicode form or as 1 and 1.0 do [default: asked in a terminal and on the page, refused elsewhere]'
            cand --validation-split 'Share of the training data that is held out to choose the best step by, where no data is given for that; 0 for none [default: by the recipe]'
            cand --test-split 'Share of the training data that is held out for the final score, where no data is given for that; 0 for none [default: by the recipe]'
            cand --max-train-samples 'Random examples to train on at most [default: all]'
            cand --layers 'Layers of the model to keep, the first ones [default: all]'
            cand --update-fraction 'Share of each weight matrix that is updated in stage II (the paper''s 1 - p) [default: 0.7]'
            cand --update-ratio 'Length of a stage as a share of all steps [default: 0.05]'
            cand --frozen 'What happens to entries outside the subnetwork [default: reference]'
            cand --recipe 'How settings that are not given are chosen [default: auto]'
            cand --pooling 'How one vector is made of a text''s tokens [default: as the model was made for]'
            cand --max-length 'Tokens beyond which a text is cut [default: 128]'
            cand --stage 'What is trained before the classifier is fitted [default: none]'
            cand --label-names 'Whether the names of the labels are further examples when the classifier is first fitted. For names that are words; codes, pairs of texts and a regression are refused [default: no]'
            cand --class-weights 'How much the examples of each class count [default: none]'
            cand --learning-rate 'Peak learning rate [default: 1e-4 up to hidden size 512, 3e-5 up to 768, 2e-5 above]'
            cand --warmup-ratio 'Share of all steps in which the learning rate rises from 0; after them it falls linearly to 0 [default: 0.1]'
            cand --weight-decay 'Weight decay of matrices and embeddings; biases and LayerNorm have none [default: 0.01]'
            cand --max-grad-norm 'Global gradient norm above which gradients are scaled down; 0 for no limit [default: 1.0]'
            cand --adam-beta1 'AdamW''s decay of the mean of gradients [default: 0.9]'
            cand --adam-beta2 'AdamW''s decay of the mean of squared gradients [default: 0.999]'
            cand --adam-epsilon 'AdamW''s term in the denominator [default: 1e-8]'
            cand --per-device-train-batch-size 'Texts in a training batch, which are on the device at the same time [default: by the recipe: 8 up to 200 texts, else 16]'
            cand --per-device-eval-batch-size 'Texts in a batch when evaluating [default: 32]'
            cand --gradient-accumulation-steps 'Batches in one optimizer step [default: 1]'
            cand --num-train-epochs 'Passes over the training examples; may have a fraction [default: by the recipe: at least 80 steps, 1 to 3 epochs for many texts]'
            cand --max-steps 'Optimizer steps; overrides the epochs [default: by the epochs]'
            cand --group-by-length 'Whether batches hold texts of similar length, which pads less (Hugging Face: no) [default: yes]'
            cand --cross-validation-folds 'Further models that are trained without a part of the texts, to tell how good the kept one is: 0 for none, 1 for one model without a fifth of them, else one model for each of so many parts [default: by the recipe]'
            cand --eval-steps 'Steps between evaluations on the validation examples [default: once an epoch]'
            cand --logging-steps 'Steps between two reports of the loss [default: 10]'
            cand --load-best-model-at-end 'Whether the kept model is that of the best evaluation rather than the last (Hugging Face: no) [default: yes]'
            cand --metric-for-best-model 'The metric that decides which evaluation is best: accuracy, f1, precision, recall, matthews_correlation or loss for classes; pearson, spearman, mse, mae or loss for numbers [default: accuracy for classes, spearman for numbers]'
            cand --early-stopping-patience 'Evaluations without improvement after which the run ends [default: never]'
            cand --early-stopping-threshold 'What an evaluation must gain to count as an improvement [default: 0.0]'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'subtune;evaluate'= {
            cand --model 'Folder of a fine-tuned model'
            cand --device 'auto, cpu, gpu, or part of an adapter''s name'
            cand --max-length 'Tokens beyond which a text is cut [default: as in training; 128 where the model does not say]'
            cand --per-device-eval-batch-size 'Texts that are on the device at a time'
            cand --file 'CSV, TSV or JSONL with labelled text'
            cand --text-column 'Column of the text, by name or number [default: guessed]'
            cand --pair-column 'Column of the second text of a pair; "" for none [default: guessed]'
            cand --label-column 'Column of the label [default: guessed]'
            cand --header 'Whether the first row of a table holds the names of its columns [default: found out]'
            cand --sheet 'Sheet of a workbook, by its name or its number from 1 [default: the first with a table]'
            cand --log-format 'How the scores are shown'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'subtune;predict'= {
            cand --model 'Folder of a fine-tuned model'
            cand --device 'auto, cpu, gpu, or part of an adapter''s name'
            cand --max-length 'Tokens beyond which a text is cut [default: as in training; 128 where the model does not say]'
            cand --per-device-eval-batch-size 'Texts that are on the device at a time'
            cand --pair 'Second text of a pair, where one text is given'
            cand --file 'CSV, TSV or JSONL whose texts are labelled: every row comes out in its place, with its other columns and the new columns label and probability, or value'
            cand --text-column 'Column of the text, by name or number [default: as in training, else guessed]'
            cand --pair-column 'Column of the second text of a pair; "" for none [default: as in training, else guessed]'
            cand --output 'Where the rows of --file go: .csv, .tsv, .jsonl or .parquet. The file is there once it is complete [default: CSV on standard output; JSON Lines with --log-format json]'
            cand --log-format 'How texts of the command line and of standard input come out. text: label, probability and text separated by tabs; json: one object a line with all probabilities'
            cand --header 'Whether the first row of a table holds the names of its columns [default: found out]'
            cand --sheet 'Sheet of a workbook, by its name or its number from 1 [default: the first with a table]'
            cand --overwrite 'Replace the output file, if there is one'
            cand --probabilities 'With --file: the probability of every class too'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'subtune;doctor'= {
            cand --device 'gpu, cpu, or part of an adapter''s name [default: the CPU and every real GPU]'
            cand --log-format 'text: for people; json: one object'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'subtune;export'= {
            cand --model 'Hugging Face model folder'
            cand --output 'Folder to write; must not exist'
            cand --dtype 'Number format of the weights'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'subtune;help'= {
            cand train 'Fine-tune a model on a file of labelled text (without options: the bundled model on the bundled sample)'
            cand compare 'Train with several methods on the same splits and seeds, and say which is better and how surely'
            cand evaluate 'Score a fine-tuned model on a labelled file'
            cand predict 'Label texts: from the command line, a file, or standard input'
            cand doctor 'Examine the devices: do they compute rightly, how fast is a step, which one to use'
            cand export 'Write a model folder in another number format'
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
        &'subtune;help;doctor'= {
        }
        &'subtune;help;export'= {
        }
        &'subtune;help;help'= {
        }
    ]
    $completions[$command]
}
