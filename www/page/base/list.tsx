import { BASE_MODELS, type BaseModel } from "../generated/models";
import { Copy } from "../parts/copy";
import { integer, megabytes } from "../words";

/** Models that can be downloaded, and how. The page itself downloads none. */
export function BaseModels() {
  return (
    <section aria-labelledby="base-models">
      <h3 id="base-models">Models for other texts</h3>
      <p>This page downloads nothing. Get a model with its command or from its page, then add its folder above.</p>
      <ul class="list">
        {BASE_MODELS.slice(1).map((model) => (
          <li key={model.id}>
            <details>
              <summary>
                <strong>{model.job.charAt(0).toUpperCase() + model.job.slice(1)}</strong>: {model.name}
              </summary>
              <HowToGet model={model} />
            </details>
          </li>
        ))}
      </ul>
    </section>
  );
}

function HowToGet({ model: { id, name, why, languages, length, parameters, licence, command } }: { model: BaseModel }) {
  const facts = {
    Why: why,
    Languages: languages,
    Length: `up to ${integer(length)} tokens of a text`,
    Size: `${megabytes(4e6 * parameters)} (float32)`,
    Licence: licence,
  };
  return (
    <>
      <dl class="facts-of-model">
        {Object.entries(facts).map(([fact, words]) => (
          <div key={fact}>
            <dt>{fact}</dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
      <pre tabIndex={0} aria-label={`Command that downloads ${name}`}>
        <code>{command}</code>
      </pre>
      <div class="row">
        <Copy text={command} of={`the command for ${name}`} />
        <a href={`https://huggingface.co/${id}/tree/main`} target="_blank" rel="noreferrer">
          Files of {name} on huggingface.co
        </a>
      </div>
    </>
  );
}
