import { Empty } from "../states";

export default function Screen() {
  return <Empty title="This screen follows" />;
}
