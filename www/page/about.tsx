import { kept, whole } from "./offline/register";
import { hasProgram } from "./words";

/** Privacy, and the sources of model and data. */
export function About() {
  return (
    <footer>
      <details>
        <summary>Is it true that nothing leaves this device?</summary>
        {hasProgram ? <OfTheProgram /> : <OfThePage />}
      </details>
      <details>
        <summary>Where do the model and the data come from?</summary>
        <ul>
          <li>
            Model: all-MiniLM-L6-v2 by the Sentence Transformers project, Apache-2.0 (<a href="licences/minilm-Apache-2.0.txt">licence</a>),
            from MiniLM by Microsoft, MIT (<a href="licences/minilm-MIT-microsoft.txt">licence</a>)
          </li>
          <li>
            Spam sample: SMS Spam Collection v.1 by Tiago A. Almeida and José María Gómez Hidalgo, free with copyright kept (
            <a href="licences/sms_spam.txt">terms</a>)
          </li>
          <li>
            Bank sample: Banking77 by PolyAI, CC BY 4.0 (<a href="licences/banking77-CC-BY-4.0.txt">licence</a>)
          </li>
          <li>
            Sentence pairs: original pairs of Counterfactually-Augmented Data by Kaushik, Hovy and Lipton, Apache-2.0 (
            <a href="licences/snli_cad-Apache-2.0.txt">licence</a>), with text of SNLI by Bowman, Angeli, Potts and Manning, CC BY-SA 4.0 (
            <a href="licences/snli-CC-BY-SA-4.0.txt">licence</a>, <a href="licences/snli_cad-NOTICE.txt">notice</a>)
          </li>
          <li>
            subtune itself: MIT (<a href="licences/subtune-MIT.txt">licence</a>) or Apache-2.0 (
            <a href="licences/subtune-Apache-2.0.txt">licence</a>
            ), as you like (<a href="licences/NOTICE.txt">notice</a>)
          </li>
          <li>
            What others wrote and subtune contains: <a href="licences/engine.txt">licences of all that is in the engine</a> and{" "}
            <a href="licences/page.txt">in this page</a>
          </li>
        </ul>
      </details>
      <p class="quiet">
        subtune trains with DPS, Dynamic Parameter Selection (Zhang et al., NeurIPS 2022): it finds the part of the model that matters for
        your labels, and changes mostly that part.
      </p>
    </footer>
  );
}

function OfThePage() {
  return (
    <p>
      Yes. The page and its workers carry a content security policy with <code>connect-src 'self'</code>: the browser itself refuses every
      connection except to the server of this page, and that server only hands out files. There are no cookies, no accounts and no visitor
      statistics. While a training runs, it is saved in this browser with a copy of the data, so that it can continue after the page is
      closed. Both are removed when it is done or when you discard it. A model that you add stays in this browser until you remove it.{" "}
      {whole.value && "You can go offline now: everything works without a network."}
      {kept.value === "no" &&
        "This browser, or this window, does not let the page keep files, so the page needs a network when it is opened; the policy is in force on the page but not in its worker."}
    </p>
  );
}

function OfTheProgram() {
  return (
    <p>
      Yes. This page comes from the program subtune on the machine where it was started, which listens there alone (127.0.0.1) and answers
      only who knows the secret in the page's address. A content security policy with <code>connect-src 'self'</code> makes the browser
      refuse every other connection, and the program makes none. While a training runs, it is saved in a folder of the program with a copy
      of the data, so that it can continue later. Both are removed when it is done or when you discard it. A model that you add, and your
      labels, stay there until you remove them.
    </p>
  );
}
